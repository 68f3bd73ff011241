import type { SkippedObjects } from "../jobs/skipped_objects.ts";
import type { Source } from "../sources/source.ts";
import { plural } from "../text/format.ts";
import type { Tell } from "../text/tell.ts";

/** What a command found in its source. */
export interface FoundObjects {
  readonly found: number;
  /** Skipped ones among them. */
  readonly ignored: number;
}

/**
 * Says what a command has found that has no object to process and none that is processed already; resolves to whether the
 * source is to blame, rather than a share or a choice of times and names that there happens to be nothing of. False if
 * there was something to process.
 */
export async function tellIfEmpty(
  source: Pick<Source, "url" | "guess">,
  { found, ignored }: FoundObjects,
  { say, signal, skipped }: {
    readonly skipped: SkippedObjects;
    readonly say: Tell;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  if (ignored < found) return false;
  if (found > 0) {
    say(`NOTHING TO DO: of ${plural(found, "object")} in ${source.url}, none is to be processed: ${skipped}`);
    return skipped.areAllUnfit;
  }
  // A guess is a help; what keeps it from being made has been no trouble to the listing.
  const guess = await source.guess?.(signal).catch(() => undefined);
  say(`NOTHING TO DO: there are no objects in ${source.url}${guess === undefined ? "" : `: ${guess}`}`);
  return true;
}
