import type { Place } from "./fleet_queue.ts";

/** What jobs are about, for people: `from … to …`, or `of menus from …`. */
export function placeText({ source, destination }: Place): string {
  return destination === undefined ? `of menus from ${source}` : `from ${source} to ${destination}`;
}
