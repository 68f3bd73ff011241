import { parseObjectUrl } from "../stores/object_url.ts";
import type { SinkAbilities } from "./sink.ts";

/** What tables in a database have and have not. */
export const tableAbilities: SinkAbilities = {
  marksCostRequests: false,
  isOnNetwork: true,
  listsSkipped: false,
};

/** Whether the sink at an address lists what was skipped: for settings, which are checked before a sink is opened. */
export function canListSkipped(url: string): boolean {
  return parseObjectUrl(url).kind !== "postgres" || tableAbilities.listsSkipped;
}
