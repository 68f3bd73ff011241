import type { ReplaySummary } from "../../jobs/replay.ts";
import { count, plural, subjectLines, tally } from "../../text/format.ts";

/**
 * What a replay found and what is left of it, a line each.
 *
 * @param url Of the destination.
 */
export function replayText(found: ReplaySummary, url: string): string {
  const { after, before, objects, outcomes, replaced } = found;
  if (objects === 0) return nothingText(found, url) + othersText(found);
  const text = `${plural(objects, "object")} had ${plural(before, "reject")}, ${count(after)} ` +
    `${after === 1 ? "is" : "are"} left`;
  const parts = tally([
    [outcomes.failed, "FAILED"],
    [outcomes.gone, "not in the source any more"],
    [outcomes.left, "not processed"],
    [replaced, "with a replaced source"],
  ]);
  return subjectLines([["replay", parts === "" ? text : `${text}; objects: ${parts}`]]) + othersText(found);
}

/**
 * What a replay would do.
 *
 * @param reasons Of the rejects that are kept.
 */
export function dryRunText(
  found: ReplaySummary,
  { reasons, url }: { readonly reasons: Readonly<Record<string, number>>; readonly url: string },
): string {
  const { before, objects, outcomes, replaced } = found;
  if (objects === 0) return nothingText(found, url) + othersText(found);
  const kinds = tally(Object.entries(reasons).map(([reason, n]) => [n, reason] as const));
  const parts = tally([
    [outcomes.gone, "not in the source any more"],
    [replaced, "with a replaced source"],
  ]);
  const text = `${plural(objects, "object")} ${objects === 1 ? "has" : "have"} ${plural(before, "reject")}` +
    (kinds === "" ? "" : ` (${kinds})`) + (parts === "" ? "" : `; objects: ${parts}`);
  return subjectLines([["replay", text]]) + othersText(found);
}

function nothingText({ notSelected, outputs }: ReplaySummary, url: string): string {
  return outputs === 0
    ? `NOTHING TO REPLAY: there are no outputs of Sluice in ${url}\n`
    : `NOTHING TO REPLAY: of ${plural(outputs, "output")} in ${url}, none ` +
      `${notSelected > 0 ? "that is selected " : ""}has rejects\n`;
}

/** What is left to others: to another selection, and to a run. */
function othersText({ notSelected, outdated, withoutOutput }: ReplaySummary): string {
  const lines = [
    [
      notSelected,
      `${plural(notSelected, "output")} with rejects ${notSelected === 1 ? "is" : "are"} not selected`,
    ],
    [
      outdated,
      `${plural(outdated, "output")} without rejects ${
        outdated === 1 ? "is" : "are"
      } of other settings or of an ` +
      `earlier version of the source: sluice run processes ${outdated === 1 ? "it" : "them"} again`,
    ],
    [
      withoutOutput,
      `${plural(withoutOutput, "object")} ${
        withoutOutput === 1 ? "has" : "have"
      } no output: sluice run processes ` +
      (withoutOutput === 1 ? "it" : "them"),
    ],
  ] as const;
  return lines.filter(([n]) => n > 0).map(([, line]) => `${line}\n`).join("");
}
