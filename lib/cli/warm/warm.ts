import type { Answers } from "../../answers/answers.ts";
import { ObjectCounts } from "../../records/batch.ts";
import { WantedObjects } from "../../estimate/wanted_objects.ts";
import { modelSettings } from "../../models/model_settings.ts";
import { ObjectReader } from "../../records/object_reader.ts";
import { ReadNotes } from "../../records/read_notes.ts";
import { zstd } from "../../sources/zstd.ts";
import { formatOf } from "../../records/record_format.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { openConfiguredSource } from "../open/open_parts.ts";
import { count, duration, plural } from "../../text/format.ts";
import { askAhead, unknownPairs } from "../../warm/ask_ahead.ts";
import { Yielding } from "../../warm/yielding.ts";
import { listedPairs } from "../../warm/listed_pairs.ts";
import { OutputAnswers } from "../../warm/output_answers.ts";
import { PairCounts } from "../../warm/pair_counts.ts";
import { type WarmSummary, warmText } from "../../warm/warm_summary.ts";
import { tellIfEmpty } from "../nothing_to_do.ts";
import { exitStatus } from "../exit_status.ts";
import { FirstRejects } from "../run/first_rejects.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { reasonOf } from "../../errors/sluice_error.ts";
import { callsPerSecondOf, openAnswers } from "../open/open_answers.ts";
import { openModel } from "../open/open_model.ts";
import { openInput } from "../open/open_input.ts";
import { ProgressLine } from "../progress_line.ts";
import { Stopping } from "../stopping.ts";
import { volatileCacheWarning } from "../run/volatile_cache_warning.ts";
import type { SectionValues } from "../../settings/sections.ts";
import type { Values } from "../../settings/setting.ts";
import type { Recipe } from "../../recipe/recipe.ts";
import type { Source } from "../../sources/source.ts";
import { KnownOutputs } from "../../warm/known_outputs.ts";
import { OutputOrigin } from "../../warm/output_origin.ts";
import { refuseOtherTrust } from "../cache/trust_model.ts";
import { answersOriginOf, recipeText } from "../open/recipe_of.ts";
import { selectionOf } from "../open/selection_of.ts";
import type { warmFlags, warmSections } from "./warm_settings.ts";
import { type OpenedCache, withMaintainedCache } from "../cache/with_maintained_cache.ts";

/** Records in flight while asking, in bytes: some ten calls. */
const maxInFlightBytes = 1024 ** 2;

/** Refused outputs that are named as they are found. */
const maxToldRefusals = 3;

/** The settings of `warm`. */
export type WarmConfig = SectionValues<typeof warmSections> & { readonly flags: Values<typeof warmFlags> };

/**
 * Fills the cache before it is needed: asks about pairs, of records or of a list, or takes the answers of an earlier
 * output; resolves to the exit status.
 */
export async function warm(config: WarmConfig, io: Io): Promise<number> {
  refuseMixedSources(config);
  const { flags, output } = config;
  using progress = new ProgressLine(io, output);
  const warning = volatileCacheWarning(config.cache.url);
  if (warning !== undefined) progress.say(warning);
  const started = performance.now();
  return await withMaintainedCache(config, { create: true }, async (opened) => {
    refuseOtherTrust(flags.trustModel, opened.recipe);
    const task: Task = { config, io, progress, ...opened };
    const done =
      await (flags.fromOutput === undefined ? askPairs(task) : takeAnswers(task, flags.fromOutput));
    progress.end();
    const summary: WarmSummary = { ...done, seconds: (performance.now() - started) / 1000 };
    if (output.json) io.stdout(`${JSON.stringify(summary)}\n`);
    else if (!output.quiet) print(io, warmText(summary, recipeText(opened.recipe)));
    if (!summary.isDone) return exitStatus.undone;
    return summary.isEmpty && !output.allowEmpty ? exitStatus.empty : exitStatus.done;
  });
}

interface Task extends OpenedCache {
  readonly config: WarmConfig;
  readonly io: Io;
  readonly progress: ProgressLine;
}

type Done = Omit<WarmSummary, "seconds">;

/** Pairs in the order in which they are to be asked about, and what they were read from. */
interface Wanted extends Pick<Done, "objects" | "skippedObjects" | "records" | "countError" | "isEmpty"> {
  readonly keys: readonly string[];
}

async function askPairs(task: Task): Promise<Done> {
  const { cache, config, io, progress } = task;
  const { flags } = config;
  const url = config.model.url!;
  const wanted = flags.pairs === undefined
    ? await frequentPairs(task, flags.from!)
    : await pairsOfFile(task, flags.pairs);
  progress.end();
  const model = await openModel({ ...config.model, url });
  try {
    using stopping = new Stopping(io.signal, config.job.graceSeconds, (message) => progress.say(message));
    const busy = 1 - flags.idleShare;
    /** Aborted when answers cannot be cached: asking on would be wasted money. */
    const broken = new AbortController();
    const giveWay = new Yielding();
    const answers: Answers = openAnswers({
      cache: config.cache,
      concurrency: { objects: config.concurrency.objects, maxInFlightBytes },
      model: {
        ...config.model,
        callsPerSecond: callsPerSecondOf(config.model) * busy,
        maxInFlightCalls: Math.max(1, Math.floor(config.model.maxInFlightCalls * busy)),
      },
    }, {
      cache,
      model,
      onTrouble: (message) => progress.say(message),
      onCall() {
        if (broken.signal.aborted || !answers.stats().cacheIsDown) return;
        progress.say(`Stopped asking the model: answers cannot be written to ${cache.url}`);
        broken.abort();
      },
      restAfter: (call) => giveWay.after(call),
      signal: stopping.end,
    });
    const { maxQuestions = Infinity } = config.model;
    const { top = Infinity } = flags;
    const pairs = { known: 0, reached: 0, chosen: 0 };
    progress.show(() => {
      const { model: { calls, questions }, modelIsDown } = answers.stats();
      return [
        `${count(pairs.reached)}/${plural(wanted.keys.length, "pair")}`,
        ...(modelIsDown ? ["waiting for the model"] : []),
        `${count(pairs.known)} cached`,
        `${plural(questions, "question")} in ${plural(calls, "call")}`,
        ...(giveWay.seconds > 0 ? [`paused for ${duration(giveWay.seconds)}`] : []),
      ];
    });
    let hasFailed = false;
    const chunks = unknownPairs(wanted.keys, pairs, {
      cache,
      most: Math.min(top, maxQuestions),
      windowRecords: config.records.windowRecords,
      maxCallQuestions: config.model.maxCallQuestions,
      signal: io.signal,
    });
    const asked = await askAhead(chunks, answers, {
      stop: AbortSignal.any([io.signal, broken.signal]),
      onFailure(error) {
        hasFailed = true;
        progress.say(reasonOf(error));
      },
    });
    if (io.signal.aborted) {
      progress.say("Stopped by a signal: the remaining pairs are left to the next time");
    }
    const notReached = wanted.keys.length - pairs.reached;
    const isLimited = notReached > 0 && pairs.chosen >= maxQuestions && maxQuestions < top;
    if (isLimited) progress.say(`Stopped asking the model: maxQuestions is ${count(maxQuestions)}`);
    const { calls, questions, retries, seconds } = answers.stats().model;
    const { keys, ...read } = wanted;
    return {
      ...read,
      pairs: { distinct: keys.length, known: pairs.known, ...asked, notReached },
      model: { calls, questions, retries, seconds, gaveWaySeconds: giveWay.seconds },
      isDone: !io.signal.aborted && !hasFailed && !isLimited && !broken.signal.aborted && asked.left === 0 &&
        !wanted.objects?.failed,
    };
  } finally {
    await model.close();
  }
}

/** The pairs of records, most frequent ones first. */
async function frequentPairs(task: Task, from: string): Promise<Wanted> {
  const counts = new PairCounts(task.config.flags);
  const read = await readObjects(task, from, {
    pairs: () => counts.size,
    onBatch: (batch) => counts.addBatch(batch),
  });
  return { ...read, keys: counts.byFrequency(), countError: counts.error };
}

/** The pairs of a file, in its order. */
async function pairsOfFile({ config, io, progress, recipe }: Task, path: string): Promise<Wanted> {
  const counts = new ObjectCounts();
  const tell = (message: string) => progress.say(message);
  const firstRejects = new FirstRejects(tell), notes = new ReadNotes(tell);
  const keys = await listedPairs(path, await openInput(path), {
    ...config.records,
    format: formatOf(path, config.records.format),
    zstd,
    maxRejects: config.destination.maxRejects,
    recipe,
    counts,
    maxCallBytes: config.model.maxCallBytes,
    maxPairs: config.flags.maxPairs,
    onNote: (note) => notes.add(path, note),
    onRejects: (rejects) => firstRejects.add(path, rejects),
    signal: io.signal,
  });
  const isEmpty = counts.in === counts.blank;
  if (isEmpty) progress.say(`NOTHING TO DO: there are no pairs in ${path}`);
  firstRejects.end(counts, recipe);
  return { records: recordsOf(counts), keys, countError: 0, isEmpty };
}

/** Stores the answers of outputs in the cache; answers that it has stay. */
async function takeAnswers(task: Task, fromOutput: string): Promise<Done> {
  const { cache, config, io, progress } = task;
  const answers = new OutputAnswers({ ...config.flags, outputField: config.recipe.outputField });
  const { latest } = answers;
  const origin = new OutputOrigin({
    recipe: task.recipe,
    origin: await answersOriginOf(task.recipe),
    isTrusted: config.flags.trustModel !== undefined,
  });
  let outputs: KnownOutputs | undefined;
  const choose = (source: Source) =>
    outputs = new KnownOutputs({
      source,
      origin,
      onRefused(address, reason) {
        if (outputs!.refusals.length > maxToldRefusals) return;
        progress.say(`Cannot take the answers of ${address}: ${reason}`);
      },
      signal: io.signal,
    });
  const read = await readObjects(task, fromOutput, {
    pairs: () => latest.size,
    onBatch: (batch, object) => answers.add(batch, object),
    choose,
  });
  const { refusals, refused, trusted } = outputs!;
  if (refused > 0) progress.say(refusedText(outputs!, task.recipe));
  const { knownOtherwise, ...stored } = await answers.store(cache, io.signal);
  return {
    ...read,
    objects: { ...read.objects, refused, trusted },
    pairs: { distinct: latest.size, ...stored, refused: 0, left: 0, notReached: 0 },
    countError: 0,
    output: { withoutLevel: answers.withoutLevel, conflicts: latest.conflicts, knownOtherwise, refusals },
    isDone: read.objects.failed === 0 && refused === 0,
  };
}

/** What is to be done about objects that are refused. */
function refusedText(
  { finallyRefused, refused }: KnownOutputs,
  { modelName, modelVersion }: Recipe,
): string {
  if (finallyRefused === refused) {
    return `Refused ${
      plural(refused, "object")
    }: the word list's answers are made up, and are never another model's`;
  }
  const model = `${modelName}:${modelVersion}`;
  return `Refused ${
    plural(refused, "object")
  }: set --model-name, --model-version, --normalize and the names of ` +
    `fields to what the answers are of; or, if you know that they are answers of ${model}, add --trust-model ${model}`;
}

type Read = Required<Pick<Done, "objects" | "skippedObjects" | "records" | "isEmpty">>;

interface ReadObjectsOptions {
  /** Pairs so far, for the progress. */
  readonly pairs: () => number;
  readonly onBatch: Parameters<ObjectReader["read"]>[1];
  /** Which of the listed objects are read. Defaults to all. */
  readonly choose?: (source: Source) => Pick<KnownOutputs, "of">;
}

/** Reads the objects at an address, those that the settings choose. */
async function readObjects(
  { config, io, progress, recipe }: Task,
  from: string,
  { choose, onBatch, pairs }: ReadObjectsOptions,
): Promise<Read> {
  const source = await openConfiguredSource({ ...config.source, url: from }, config.s3);
  try {
    const tell = (message: string) => progress.say(message);
    const notes = new ReadNotes(tell);
    const reader = new ObjectReader({
      ...config.records,
      zstd,
      maxRejects: config.destination.maxRejects,
      maxCallBytes: config.model.maxCallBytes,
      objects: config.concurrency.objects,
      source,
      recipe,
      onFailure: tell,
      onSkipped: (skipped) => wanted.skip(skipped),
      onNote: (address, note) => notes.add(address, note),
      signal: io.signal,
    });
    const wanted = new WantedObjects({
      ...selectionOf(config.source),
      format: config.records.format,
      source,
      fingerprint: "",
      every: 1,
      onFailure: tell,
      signal: io.signal,
    });
    progress.show(() => [
      plural(reader.objects.read, "object"),
      plural(reader.counts.in, "record"),
      plural(pairs(), "pair"),
    ]);
    const firstRejects = new FirstRejects(tell);
    await reader.read(choose?.(source).of(wanted.list()) ?? wanted.list(), (batch, object) => {
      firstRejects.add(source.url + object.name, batch.rejects);
      return onBatch(batch, object);
    });
    progress.end();
    firstRejects.end(reader.counts, recipe);
    const { objects: { found, ignored }, skipped } = wanted;
    const isEmpty = await tellIfEmpty(source, wanted.objects, { skipped, say: tell, signal: io.signal });
    const failed = reader.objects.failed + wanted.failures;
    return {
      objects: { found, ignored, ...reader.objects, failed },
      skippedObjects: skipped.summary(),
      records: recordsOf(reader.counts),
      isEmpty,
    };
  } finally {
    await source.close();
  }
}

function recordsOf({ blank, in: lines, rejected }: ObjectCounts): Done["records"] {
  return { in: lines, rejected, blank };
}

/** @throws {ConfigError} There is no source of pairs, or several; or no model. */
function refuseMixedSources({ flags: { from, fromOutput, pairs, trustModel }, model }: WarmConfig): void {
  const given = Object.entries({ "--from": from, "--pairs": pairs, "--from-output": fromOutput })
    .filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (given.length > 1) {
    throw new ConfigError([`Cannot use ${given.join(" and ")} together: the pairs come from one place`]);
  }
  if (given.length === 0) {
    throw new ConfigError([
      "Cannot start without --from, --pairs or --from-output: one of them says where the pairs come from",
    ]);
  }
  if (fromOutput === undefined && trustModel !== undefined) {
    throw new ConfigError(["Cannot use --trust-model without --from-output: the model is asked"]);
  }
  if (fromOutput === undefined && model.url === undefined) {
    throw new ConfigError([`Cannot start without --model: ${modelSettings.url.required}`]);
  }
}
