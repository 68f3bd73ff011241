import type { ObjectAnswers } from "../answers/object_answers.ts";
import { shortcutKeys } from "../answers/key_counts.ts";
import { SluiceError } from "../errors/sluice_error.ts";
import { count } from "../text/format.ts";
import type { ObjectCounts } from "./batch.ts";

/** @throws {SluiceError} A line or a key is not accounted for: a fault of Sluice, whatever the input. */
export function checkSums(
  { counts, objectAnswers: { counts: keys } }: {
    readonly counts: ObjectCounts;
    readonly objectAnswers: Pick<ObjectAnswers, "counts">;
  },
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
