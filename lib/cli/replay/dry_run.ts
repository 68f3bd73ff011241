import { openLedger } from "../../jobs/open_ledger.ts";
import { Replay } from "../../jobs/replay.ts";
import { recipeFingerprint } from "../../recipe/recipe.ts";
import { count, plural, tally } from "../../text/format.ts";
import type { Io } from "../io.ts";
import { openConfiguredSource, openDestination } from "../open/open_parts.ts";
import { recipeOf } from "../open/recipe_of.ts";
import { selectionOf } from "../open/selection_of.ts";
import { print } from "../print.ts";
import { type ReplayConfig, replayStatus } from "./replay_config.ts";
import { dryRunText } from "./replay_text.ts";

/** Prints what a replay would process, on standard output; resolves to the exit status. Writes nothing, and asks nothing. */
export async function dryRun(config: ReplayConfig, io: Io): Promise<number> {
  const { json } = config.output;
  const { signal } = io;
  const tell = (message: string) => io.stderr(`${message}\n`);
  await using closing = new AsyncDisposableStack();
  const source = await openConfiguredSource(config.source, config.s3, config.destination);
  closing.defer(() => source.close());
  const destination = await openDestination(config, { onTrouble: tell });
  closing.defer(() => destination.close());
  const ledger = destination.abilities.marksCostRequests ? openLedger(config.job.ledger, tell) : undefined;
  closing.defer(() => ledger?.close());

  const reasons: Record<string, number> = {};
  const look = async (name: string, before: number, ending: string) => {
    const kept = await destination.keptRejects(name, signal);
    let sum = 0;
    for (const [reason, n] of Object.entries(kept)) {
      reasons[reason] = (reasons[reason] ?? 0) + n;
      sum += n;
    }
    if (json) return;
    const kinds = tally(Object.entries(kept).map(([reason, n]) => [n, reason] as const));
    const missing = sum === before ? "" : `; ${count(sum)} of them are kept in ${destination.rejectsIn}`;
    print(io, `${name}: ${plural(before, "reject")}${kinds && ` (${kinds})`}${missing}${ending}\n`);
  };
  const replay = new Replay({
    ...selectionOf(config.source),
    format: config.records.format,
    source,
    destination,
    ledger,
    fingerprint: await recipeFingerprint(recipeOf(config)),
  }, ({ before, name }) => look(name, before, "; it is not in the source any more"));
  for await (const { object, output } of replay.plan(signal)) {
    const { rejects, sourceEtag } = output!.mark!;
    await look(object.name, rejects, sourceEtag === object.etag ? "" : "; its source was replaced");
  }
  const found = replay.summary();
  if (json) io.stdout(`${JSON.stringify({ replay: found, rejects: reasons })}\n`);
  else print(io, dryRunText(found, { reasons, url: destination.url }));
  return replayStatus(found, config.output);
}
