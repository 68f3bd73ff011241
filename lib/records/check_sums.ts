import { type KeyCounts, shortcutKeys } from "../answers/key_counts.ts";
import { SluiceError } from "../errors/sluice_error.ts";
import { count } from "../text/format.ts";
import type { ObjectCounts } from "./batch.ts";

/**
 * Checks that every line and every key of an object, or of a run, is accounted for.
 *
 * @throws {SluiceError} `internal`: one is not. That is a fault of Sluice, whatever the input.
 */
export function checkSums(
  counts: Pick<ObjectCounts, "blank" | "in" | "out" | "rejected">,
  keys: Readonly<KeyCounts>,
): void {
  if (counts.in !== counts.out + counts.rejected + counts.blank) {
    throw unbalanced(
      `${count(counts.in)} lines in, but ${count(counts.out)} out + ${count(counts.rejected)} rejected + ` +
        `${count(counts.blank)} blank`,
    );
  }
  const shortcuts = shortcutKeys(keys);
  if (keys.seen !== keys.local + keys.hits + keys.asked + shortcuts) {
    const byShortcuts = shortcuts > 0 ? ` + ${count(shortcuts)} by shortcuts` : "";
    throw unbalanced(
      `${count(keys.seen)} keys seen, but ${count(keys.local)} local + ${count(keys.hits)} hits + ` +
        `${count(keys.asked)} asked${byShortcuts}`,
    );
  }
}

function unbalanced(reason: string): SluiceError {
  return new SluiceError({
    kind: "internal",
    action: "account for all records",
    reason: `the sums do not hold: ${reason}`,
  });
}
