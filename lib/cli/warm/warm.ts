import type { Answers } from "../../answers/answers.ts";
import { ObjectCounts } from "../../records/batch.ts";
import { WantedObjects } from "../../estimate/wanted_objects.ts";
import { levelRange } from "../../seniority/level_range.ts";
import { modelSettings } from "../../models/model_settings.ts";
import { ObjectReader } from "../../records/object_reader.ts";
import { readRecords } from "../../records/read_records.ts";
import { formatOf } from "../../records/record_format.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { openStore } from "../../stores/open_store.ts";
import { count, duration, plural } from "../../text/format.ts";
import { askAhead } from "../../warm/ask_ahead.ts";
import { batchAnswers } from "../../warm/batch_answers.ts";
import { Yielding } from "../../warm/yielding.ts";
import { LatestAnswers } from "../../warm/latest_answers.ts";
import { PairCounts } from "../../warm/pair_counts.ts";
import { type WarmSummary, warmText } from "../../warm/warm_summary.ts";
import { exitStatus } from "../exit_status.ts";
import { FirstRejects } from "../run/first_rejects.ts";
import type { Io } from "../io.ts";
import { failureText } from "../run/job_session.ts";
import { openAnswers } from "../open/open_answers.ts";
import { defaultCallsPerSecond } from "../open/model_defaults.ts";
import { openModel } from "../open/open_model.ts";
import { openInput } from "../open/open_input.ts";
import { ProgressLine } from "../progress_line.ts";
import { refuseEmptyPeriod } from "../report/refuse_empty_period.ts";
import { Stopping } from "../stopping.ts";
import { volatileCacheWarning } from "../run/volatile_cache_warning.ts";
import type { WarmCommandOptions } from "./warm_settings.ts";
import { type OpenedCache, recipeWords, withMaintainedCache } from "../cache/with_maintained_cache.ts";

/** Answers of one write. */
const writtenEntries = 1_000;
/** Records in flight while asking, in MiB: some ten calls. */
const maxInFlightMib = 1;

/**
 * Fills the cache before it is needed: asks about pairs, of records or of a list, or takes the answers of an earlier
 * output; resolves to the exit status.
 */
export async function warm(options: WarmCommandOptions, io: Io): Promise<number> {
  refuseEmptyPeriod(options);
  refuseMixedSources(options);
  using progress = new ProgressLine(io, options);
  const warning = volatileCacheWarning(options.cache);
  if (warning !== undefined) progress.say(warning);
  const started = performance.now();
  return await withMaintainedCache(options, { create: true }, async (opened) => {
    const task: Task = { options, io, progress, ...opened };
    const done =
      await (options.fromOutput === undefined ? askPairs(task) : takeAnswers(task, options.fromOutput));
    progress.end();
    const summary: WarmSummary = { ...done, seconds: (performance.now() - started) / 1000 };
    if (options.json) io.stdout(`${JSON.stringify(summary)}\n`);
    else if (!options.quiet) io.stdout(warmText(summary, recipeWords(opened.recipe)));
    return summary.isDone ? exitStatus.done : exitStatus.undone;
  });
}

interface Task extends OpenedCache {
  readonly options: WarmCommandOptions;
  readonly io: Io;
  readonly progress: ProgressLine;
}

type Done = Omit<WarmSummary, "seconds">;

/** Pairs in the order in which they are to be asked about, and what they were read from. */
interface Wanted extends Pick<Done, "objects" | "records" | "countError"> {
  readonly keys: readonly string[];
}

async function askPairs(task: Task): Promise<Done> {
  const { cache, io, options, progress } = task;
  const url = options.model!;
  const wanted = options.pairs === undefined
    ? await frequentPairs(task, options.from!)
    : await listedPairs(task, options.pairs);
  progress.end();
  const model = await openModel(url, options);
  try {
    using stopping = new Stopping(io.signal, options.grace, (message) => progress.say(message));
    const busy = 1 - options.idleShare;
    const rate = options.modelCallsPerSecond ?? defaultCallsPerSecond(url);
    /** Aborted where answers cannot be kept: what is asked then is paid for in vain. */
    const broken = new AbortController();
    const giveWay = new Yielding();
    const answers: Answers = openAnswers({
      ...options,
      model: url,
      maxInFlightMib,
      modelCallsPerSecond: rate * busy,
      maxInFlightCalls: Math.max(1, Math.floor(options.maxInFlightCalls * busy)),
    }, {
      cache,
      model,
      onTrouble: (message) => progress.say(message),
      onCall() {
        if (broken.signal.aborted || !answers.stats().cacheIsDown) return;
        progress.say(`Stopped asking: ${cache.url} does not take the answers`);
        broken.abort();
      },
      restAfter: (call) => giveWay.after(call),
      signal: stopping.end,
    });
    const { maxQuestions = Infinity, top = Infinity } = options;
    const pairs = { known: 0, reached: 0, chosen: 0 };
    progress.show(() => {
      const { calls, questions } = answers.stats().model;
      return `${count(pairs.reached)}/${plural(wanted.keys.length, "pair")}, ${count(pairs.known)} cached, ` +
        `${plural(questions, "question")} in ${plural(calls, "call")}` +
        (giveWay.seconds > 0 ? `, paused for ${duration(giveWay.seconds)}` : "");
    });
    let hasFailed = false;
    const chunks = unknownPairs(wanted.keys, Math.min(top, maxQuestions), pairs, task);
    const asked = await askAhead(chunks, answers, {
      stop: AbortSignal.any([io.signal, broken.signal]),
      onFailure(error) {
        hasFailed = true;
        progress.say(failureText(error));
      },
    });
    if (io.signal.aborted) {
      progress.say("Stopped by a signal: what is not answered yet is left to the next time");
    }
    const notReached = wanted.keys.length - pairs.reached;
    const isLimited = notReached > 0 && pairs.chosen >= maxQuestions && maxQuestions < top;
    if (isLimited) progress.say(`Stopped asking: maxQuestions is ${maxQuestions}`);
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

/** What the cache does not know, a call of pairs at once, up to a number of them; looked up in a window's round trips. */
async function* unknownPairs(
  keys: readonly string[],
  most: number,
  pairs: { known: number; reached: number; chosen: number },
  { cache, io, options }: Task,
): AsyncGenerator<string[]> {
  const { maxCallQuestions, windowRecords } = options;
  let unknown: string[] = [];
  for (let at = 0; at < keys.length && pairs.chosen < most; at += windowRecords) {
    const window = keys.slice(at, at + windowRecords);
    const answers = await cache.get(window, io.signal).catch((error) => {
      if (!io.signal.aborted) throw error;
    });
    if (answers === undefined) return;
    for (let i = 0; i < window.length && pairs.chosen < most; i++) {
      pairs.reached++;
      if (isLevel(answers[i])) {
        pairs.known++;
        continue;
      }
      pairs.chosen++;
      unknown.push(window[i]!);
      if (unknown.length < maxCallQuestions) continue;
      yield unknown;
      unknown = [];
    }
  }
  if (unknown.length > 0) yield unknown;
}

/** The pairs of records, most frequent ones first. */
async function frequentPairs(task: Task, from: string): Promise<Wanted> {
  const counts = new PairCounts(task.options);
  const read = await readObjects(task, from, () => counts.size, ({ keyOf, keys }) => {
    const times = new Uint32Array(keys.length);
    for (let i = 0; i < keyOf.length; i++) times[keyOf[i]!]!++;
    keys.forEach((key, i) => counts.add(key, times[i]!));
  });
  return { ...read, keys: counts.byFrequency(), countError: counts.error };
}

/** The pairs of a file, in its order. */
async function listedPairs({ io, options, progress, recipe }: Task, path: string): Promise<Wanted> {
  const { maxPairs } = options;
  const counts = new ObjectCounts();
  const keys = new Set<string>();
  const firstRejects = new FirstRejects((message) => progress.say(message));
  try {
    const bytes = (await openInput(path)).pipeThrough(new TransformStream(), { signal: io.signal });
    for await (const batch of readRecords(bytes, { ...options, format: formatOf(path), recipe, counts })) {
      firstRejects.add(path, batch.rejects);
      for (const key of batch.keys) keys.add(key);
      if (keys.size > maxPairs) throw new Error(`it has more than ${maxPairs} pairs (maxPairs)`);
    }
  } catch (error) {
    io.signal.throwIfAborted();
    const why = failureText(error);
    throw why.startsWith("Cannot ") ? error : new Error(`Cannot read ${path}: ${why}`, { cause: error });
  }
  return { records: recordsOf(counts), keys: [...keys], countError: 0 };
}

/** Takes the answers of outputs into the cache; what it knows already stays. */
async function takeAnswers(task: Task, fromOutput: string): Promise<Done> {
  const { cache, io, options } = task;
  const latest = new LatestAnswers(options);
  let withoutLevel = 0;
  const read = await readObjects(task, fromOutput, () => latest.size, (batch, object) => {
    for (const { answer, key } of batchAnswers(batch, options.outputField)) {
      if (answer === undefined) withoutLevel++;
      else latest.add(key, answer, object);
    }
  });
  let known = 0, knownOtherwise = 0, answered = 0;
  const entries = latest.entries();
  const some = () =>
    Array.from({ length: writtenEntries }, () => entries.next().value).filter((e) => e !== undefined);
  for (let part = some(); part.length > 0; part = some()) {
    const before = await cache.get(part.map(([key]) => key), io.signal);
    const fresh = part.filter((_, i) => !isLevel(before[i]));
    known += part.length - fresh.length;
    knownOtherwise += part.filter(([, answer], i) => isLevel(before[i]) && before[i] !== answer).length;
    await cache.set(fresh, io.signal);
    answered += fresh.length;
  }
  return {
    ...read,
    pairs: { distinct: latest.size, known, answered, refused: 0, left: 0, notReached: 0 },
    countError: 0,
    output: { withoutLevel, conflicts: latest.conflicts, knownOtherwise },
    isDone: read.objects.failed === 0,
  };
}

type Read = Required<Pick<Done, "objects" | "records">>;

/** Reads the objects at an address, those that the settings choose. */
async function readObjects(
  { io, options, progress, recipe }: Task,
  from: string,
  pairs: () => number,
  onBatch: Parameters<ObjectReader["read"]>[1],
): Promise<Read> {
  const { s3Ca: ca, s3Timeout: timeoutSeconds } = options;
  const store = await openStore(from, { role: "source", ca, timeoutSeconds });
  try {
    const tell = (message: string) => progress.say(message);
    const reader = new ObjectReader({ ...options, store, recipe, onFailure: tell, signal: io.signal });
    const wanted = new WantedObjects({
      ...options,
      source: store,
      limit: undefined,
      fingerprint: "",
      ledger: undefined,
      every: 1,
      signal: io.signal,
    });
    progress.show(() =>
      `${plural(reader.objects.read, "object")}, ${plural(reader.counts.in, "record")}, ${
        plural(pairs(), "pair")
      }`
    );
    const firstRejects = new FirstRejects(tell);
    await reader.read(wanted.list(), (batch, object) => {
      firstRejects.add(store.url + object.name, batch.rejects);
      return onBatch(batch, object);
    });
    progress.end();
    const { found, ignored } = wanted.objects;
    return { objects: { found, ignored, ...reader.objects }, records: recordsOf(reader.counts) };
  } finally {
    await store.close();
  }
}

function recordsOf({ blank, in: lines, rejected }: ObjectCounts): Done["records"] {
  return { in: lines, rejected, blank };
}

function isLevel(answer: number | undefined): boolean {
  return answer !== undefined && answer >= levelRange.min && answer <= levelRange.max;
}

/** @throws {ConfigError} What to ask about is not told, or in two ways; or there is nobody to ask. */
function refuseMixedSources({ from, fromOutput, model, pairs }: WarmCommandOptions): void {
  const told = Object.entries({ "--from": from, "--pairs": pairs, "--from-output": fromOutput })
    .filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (told.length > 1) {
    throw new ConfigError([`Cannot use ${told.join(" and ")} together: the pairs come from one place`]);
  }
  if (told.length === 0) {
    throw new ConfigError([
      "Cannot start without --from, --pairs or --from-output: one of them tells where the pairs come from",
    ]);
  }
  if (fromOutput === undefined && model === undefined) {
    throw new ConfigError([`Cannot start without --model: ${modelSettings.model.required}`]);
  }
}
