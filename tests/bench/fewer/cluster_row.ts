import { clusterStrategy } from "./cluster_strategy.ts";
import { nearPostings, type NearPostingsOptions } from "./near_postings.ts";
import { type ShortcutRow, shortcutRow } from "./shortcut_row.ts";

/** What `--cluster` saves and changes; on misleading data, it should save little rather than change much. */
export function clusterRow(
  options: Partial<NearPostingsOptions> = {},
): Promise<ShortcutRow> {
  return shortcutRow(
    clusterStrategy,
    nearPostings({
      records: 100_000,
      runs: 4,
      misleading: 0,
      seed: 1,
      ...options,
    }),
  );
}
