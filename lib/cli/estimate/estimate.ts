import { questionOverheadBytes } from "../../answers/question_queue.ts";
import { CountedStrategies } from "../../estimate/counted_strategies.ts";
import { estimate as estimateOf, type Findings } from "../../estimate/estimate.ts";
import { estimateText } from "../../estimate/estimate_text.ts";
import { FoldedStrategy } from "../../estimate/folded_strategy.ts";
import { LookedUpKeys } from "../../estimate/looked_up_keys.ts";
import { WantedObjects } from "../../estimate/wanted_objects.ts";
import { ObjectReader } from "../../records/object_reader.ts";
import { type Normalization, recipeFingerprint } from "../../recipe/recipe.ts";
import { openLedger, type Remembered } from "../../jobs/open_ledger.ts";
import { ReadNotes } from "../../records/read_notes.ts";
import type { Sink } from "../../sinks/sink.ts";
import { tellIfEmpty } from "../nothing_to_do.ts";
import { zstd } from "../../sources/zstd.ts";
import { count, plural } from "../../text/format.ts";
import { CachesToRead } from "../cache/caches_to_read.ts";
import { exitStatus } from "../exit_status.ts";
import { FirstRejects } from "../run/first_rejects.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { callsPerSecondOf, type ModelRateConfig } from "../open/open_answers.ts";
import { fileExists } from "../open/file_exists.ts";
import { type DestinationConfig, openConfiguredSource, openDestination } from "../open/open_parts.ts";
import { type RecipeConfig, recipeOf, recipeText } from "../open/recipe_of.ts";
import { selectionOf } from "../open/selection_of.ts";
import { ProgressLine } from "../progress_line.ts";
import type { Config, Taking } from "../settings/sections.ts";

/** Normalisations that are held against asking about each pair as it is. */
const folds: readonly Normalization[] = ["fold", "titles"];

/** The settings of an estimate. */
export interface EstimateConfig extends RecipeConfig, Omit<DestinationConfig, "destination"> {
  readonly source: Config["source"];
  readonly destination: Pick<Config["destination"], "maxRejects"> & { readonly url: string | undefined };
  readonly job: Pick<Config["job"], "force" | "limit" | "ledger">;
  readonly records: Config["records"];
  readonly model:
    & ModelRateConfig
    & Pick<Config["model"], "maxQuestions" | "maxCallQuestions" | "maxCallBytes">;
  readonly cache: Taking<"cache", "url">;
  readonly concurrency: Pick<Config["concurrency"], "objects">;
  readonly service: Pick<Config["service"], "pricePer1000">;
  readonly output: Pick<Config["output"], "allowEmpty" | "json" | "quiet">;
  readonly flags: { readonly sample: number };
}

/**
 * Estimates the cost of a run with the same settings, beside other strategies; resolves to the exit status. Reads what
 * the run would read, and the cache. Asks the model nothing, and writes nothing.
 */
export async function estimate(config: EstimateConfig, io: Io): Promise<number> {
  const { job, model, output, records } = config;
  const recipe = recipeOf(config);
  using progress = new ProgressLine(io, output);
  await using parts = new AsyncDisposableStack();
  const source = await openConfiguredSource(config.source, config.s3, config.destination);
  parts.defer(() => source.close());
  const { url: to } = config.destination;
  const destination = to === undefined
    ? undefined
    : await openDestination({ ...config, destination: { url: to } });
  parts.defer(() => destination?.close());
  const ledger = await openLedgerToRead(job, destination, (message) => progress.say(message));
  parts.defer(() => ledger?.close());
  const caches = new CachesToRead({
    cache: config.cache,
    signal: io.signal,
    tell: (message) => progress.say(message),
  });
  parts.defer(() => caches.close());

  const every = Math.round(1 / config.flags.sample);
  const wanted = new WantedObjects({
    ...selectionOf(config.source),
    format: records.format,
    force: job.force,
    limit: job.limit,
    source,
    destination,
    ledger: ledger && { get: ledger.get, set() {} },
    fingerprint: await recipeFingerprint(recipe),
    every,
    onFailure: (message) => progress.say(message),
    signal: io.signal,
  });
  const notes = new ReadNotes((message) => progress.say(message));
  const reader = new ObjectReader({
    ...records,
    zstd,
    maxRejects: config.destination.maxRejects,
    maxCallBytes: model.maxCallBytes,
    objects: config.concurrency.objects,
    source,
    recipe: { ...recipe, normalize: "exact" },
    onFailure: (message) => progress.say(message),
    onSkipped: (skipped) => wanted.skip(skipped),
    onNote: (address, note) => notes.add(address, note),
    signal: io.signal,
  });
  const pairs = new LookedUpKeys({ read: await caches.reader({ ...recipe, normalize: "exact" }) });
  const folded = await Promise.all(folds.map(async (normalize) =>
    new FoldedStrategy({
      normalize,
      maxKeyBytes: model.maxCallBytes - questionOverheadBytes,
      read: await caches.reader({ ...recipe, normalize }),
    })
  ));
  const strategies = new CountedStrategies("--normalize exact", pairs, folded);

  const firstRejects = new FirstRejects((message) => progress.say(message));
  progress.show(() => {
    const { distinct, known } = pairs.count();
    return [
      plural(reader.objects.read, "object"),
      plural(reader.counts.in, "line"),
      plural(distinct, "pair"),
      `${count(distinct - known)} not cached`,
    ];
  });
  await reader.read(wanted.list(), async ({ keyOf, keys, rejects }, object) => {
    firstRejects.add(source.url + object.name, rejects);
    const records = new Uint32Array(keys.length);
    for (let i = 0; i < keyOf.length; i++) records[keyOf[i]!]!++;
    await strategies.add(keys, records);
    io.signal.throwIfAborted();
  });
  progress.end();
  firstRejects.end(reader.counts, recipe);

  const { objects, skipped } = wanted;
  const isEmpty = await tellIfEmpty(source, objects, {
    skipped,
    say: (message) => progress.say(message),
    signal: io.signal,
  });
  const failed = reader.objects.failed + wanted.failures;
  const times = wanted.chosen.bytes > 0 ? wanted.wanted.bytes / wanted.chosen.bytes : 1;
  const sample = every === 1 ? undefined : { objects: wanted.wanted.objects, times };
  const findings: Findings = {
    objects: { ...objects, ...reader.objects, failed },
    skippedObjects: skipped.summary(),
    counts: reader.counts,
    strategies: strategies.found(sample?.times),
    chosen: `--normalize ${recipe.normalize}`,
    cache: caches.found,
    ...(sample === undefined ? {} : { sample }),
  };
  const made = estimateOf(findings, {
    maxCallQuestions: model.maxCallQuestions,
    maxCallBytes: model.maxCallBytes,
    pricePer1000: config.service.pricePer1000,
    callsPerSecond: callsPerSecondOf(model),
  });
  if (output.json) io.stdout(`${JSON.stringify(made)}\n`);
  else print(io, estimateText(made, { answers: recipeText(recipe), maxQuestions: model.maxQuestions }));
  if (failed > 0) return exitStatus.undone;
  return isEmpty && !output.allowEmpty ? exitStatus.empty : exitStatus.done;
}

/** The ledger, if there is one that saves requests; it is not written to. */
async function openLedgerToRead(
  { force, ledger: path }: Pick<Config["job"], "force" | "ledger">,
  destination: Sink | undefined,
  onTrouble: (message: string) => void,
): Promise<Remembered | undefined> {
  const isOfUse = destination?.abilities.marksCostRequests === true && !force;
  return isOfUse && await fileExists(path) ? openLedger(path, onTrouble) : undefined;
}
