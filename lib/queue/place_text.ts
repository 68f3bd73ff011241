import type { QueueScope } from "./job_queue.ts";

/** What jobs are about, for people: `from … to …`, or `of menus from …`. */
export function placeText({ source, destination }: QueueScope): string {
  return destination === undefined ? `of menus from ${source}` : `from ${source} to ${destination}`;
}
