import { isStandardStream, parseObjectUrl } from "../stores/object_url.ts";
import type { SinkAbilities } from "./sink.ts";

/** What a stream has and has not: no marks, and no place beside it. */
export const streamAbilities: SinkAbilities = {
  marksCostRequests: false,
  isOnNetwork: false,
  listsSkipped: false,
};

/** What tables in a database have and have not. */
export const tableAbilities: SinkAbilities = {
  marksCostRequests: false,
  isOnNetwork: true,
  listsSkipped: false,
};

/** Whether the sink at an address lists what was skipped: for settings, which are checked before a sink is opened. */
export function canListSkipped(url: string): boolean {
  if (isStandardStream(url)) return streamAbilities.listsSkipped;
  return parseObjectUrl(url).kind !== "postgres" || tableAbilities.listsSkipped;
}
