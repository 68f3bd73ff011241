import { stat } from "node:fs/promises";
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
import type { Store } from "../../stores/store.ts";
import { count, plural } from "../../text/format.ts";
import { CachesToRead } from "../cache/caches_to_read.ts";
import type { EstimateCommandOptions } from "./estimate_settings.ts";
import { exitStatus } from "../exit_status.ts";
import { FirstRejects } from "../run/first_rejects.ts";
import type { Io } from "../io.ts";
import { defaultCallsPerSecond } from "../open/model_defaults.ts";
import { openDestination, openSource, recipeOf } from "../open/open_parts.ts";
import { ProgressLine } from "../progress_line.ts";
import { refuseEmptyPeriod } from "../report/refuse_empty_period.ts";
import { recipeWords } from "../cache/with_maintained_cache.ts";

/** Normalisations that are held against asking about each pair as it is. */
const folds: readonly Normalization[] = ["fold", "titles"];

/**
 * Says what a run with the same settings would cost, beside other ways to ask; resolves to the exit status. Reads what
 * the run would read, and the cache. Asks the model nothing, and writes nothing.
 */
export async function estimate(options: EstimateCommandOptions, io: Io): Promise<number> {
  refuseEmptyPeriod(options);
  const recipe = recipeOf(options);
  using progress = new ProgressLine(io, options);
  await using parts = new AsyncDisposableStack();
  const source = await openSource(options);
  parts.defer(() => source.close());
  const destination = options.to === undefined
    ? undefined
    : await openDestination({ ...options, to: options.to });
  parts.defer(() => destination?.close());
  const ledger = await openLedgerToRead(options, destination, (message) => progress.say(message));
  parts.defer(() => ledger?.close());
  const caches = new CachesToRead({
    ...options,
    signal: io.signal,
    tell: (message) => progress.say(message),
  });
  parts.defer(() => caches.close());

  const every = Math.round(1 / options.sample);
  const wanted = new WantedObjects({
    ...options,
    source,
    destination,
    ledger: ledger && { get: ledger.get, set() {} },
    fingerprint: await recipeFingerprint(recipe),
    every,
    signal: io.signal,
  });
  const reader = new ObjectReader({
    ...options,
    store: source,
    recipe: { ...recipe, normalize: "exact" },
    onFailure: (message) => progress.say(message),
    signal: io.signal,
  });
  const pairs = new LookedUpKeys({ read: await caches.reader({ ...recipe, normalize: "exact" }) });
  const folded = await Promise.all(folds.map(async (normalize) =>
    new FoldedStrategy({
      normalize,
      maxKeyBytes: options.maxCallBytes - questionOverheadBytes,
      read: await caches.reader({ ...recipe, normalize }),
    })
  ));
  const ways = new CountedStrategies("--normalize exact", pairs, folded);

  const firstRejects = new FirstRejects((message) => progress.say(message));
  progress.show(() => {
    const { distinct, known } = pairs.count();
    return `${plural(reader.objects.read, "object")}, ${plural(reader.counts.in, "line")}, ` +
      `${plural(distinct, "pair")}, ${count(distinct - known)} not cached`;
  });
  await reader.read(wanted.list(), async ({ keyOf, keys, rejects }, object) => {
    firstRejects.add(source.url + object.name, rejects);
    const records = new Uint32Array(keys.length);
    for (let i = 0; i < keyOf.length; i++) records[keyOf[i]!]!++;
    await ways.add(keys, records);
    io.signal.throwIfAborted();
  });
  progress.end();

  const { objects } = wanted;
  if (objects.found === objects.ignored) progress.say(nothingToDo(source, objects.found));
  const times = wanted.chosen.bytes > 0 ? wanted.wanted.bytes / wanted.chosen.bytes : 1;
  const sample = every === 1 ? undefined : { objects: wanted.wanted.objects, times };
  const findings: Findings = {
    objects: { ...objects, ...reader.objects },
    counts: reader.counts,
    ways: ways.found(sample?.times),
    chosen: `--normalize ${recipe.normalize}`,
    cache: caches.found,
    ...(sample === undefined ? {} : { sample }),
  };
  const made = estimateOf(findings, {
    ...options,
    callsPerSecond: options.modelCallsPerSecond ?? defaultCallsPerSecond(options.model),
  });
  io.stdout(
    options.json
      ? `${JSON.stringify(made)}\n`
      : estimateText(made, { answers: recipeWords(recipe), maxQuestions: options.maxQuestions }),
  );
  return reader.objects.failed > 0 ? exitStatus.undone : exitStatus.done;
}

/** The ledger, where there is one that spares requests; it is not written to. */
async function openLedgerToRead(
  { force, ledger: path }: EstimateCommandOptions,
  destination: Store | undefined,
  onTrouble: (message: string) => void,
): Promise<Remembered | undefined> {
  const isOfUse = destination?.abilities.marksCostRequests === true && !force;
  return isOfUse && await isThere(path) ? openLedger(path, onTrouble) : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}

function nothingToDo(source: Store, found: number): string {
  return found === 0
    ? `NOTHING TO DO: there are no objects in ${source.url}`
    : `NOTHING TO DO: of ${plural(found, "object")} in ${source.url}, none is a record file ` +
      `(.jsonl, .ndjson, .csv, or these with .gz) selected by include, exclude, since and until`;
}
