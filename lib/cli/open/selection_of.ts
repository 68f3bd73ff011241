import type { Selection } from "../../jobs/plan.ts";
import type { Config } from "../settings/sections.ts";

/** Which objects the settings of a source select; by default all. */
export function selectionOf(
  { include, exclude, since, until, shard, skipArchived }: Partial<Config["source"]>,
): Omit<Selection, "force"> {
  return { include, exclude, since, until, shard, skipArchived };
}
