import { dirname, join } from "node:path";
import process from "node:process";
import { type AbandonedUploadsOptions, removeAbandonedUploads } from "../abandoned_uploads.ts";
import { Answers } from "../answers/answers.ts";
import type { Cache } from "../caches/cache.ts";
import { Job } from "../job.ts";
import { recipeFingerprint } from "../recipe.ts";
import type { Config } from "../settings/config.ts";
import { LineScanner } from "../scan/scan_lines.ts";
import { openLedger } from "../stores/open_ledger.ts";
import type { Store } from "../stores/store.ts";
import { UploadJournal } from "../stores/upload_journal.ts";
import { duration, type Summary, summaryText } from "../summary.ts";
import { exitStatus } from "./exit_status.ts";
import type { Io } from "./io.ts";
import { openParts, recipeOf } from "./open_parts.ts";
import { PeakMemory } from "./peak_memory.ts";
import { profileText } from "./profile_text.ts";
import { Progress } from "./progress.ts";
import { volatileCacheWarning } from "./volatile_cache_warning.ts";

/** Processes what is not done yet; resolves to the exit status. */
export async function run(config: Config, io: Io): Promise<number> {
  const warning = volatileCacheWarning(config.cache);
  if (warning !== undefined) io.stderr(`${warning}\n`);
  return (await runToSummary(config, io)).status;
}

/** Processes what is not done yet; resolves to the exit status and the figures. */
export async function runToSummary(config: Config, io: Io): Promise<{ status: number; summary: Summary }> {
  const started = performance.now();
  const cpuAtStart = process.cpuUsage();
  using memory = new PeakMemory();
  const recipe = recipeOf(config);
  let say: (message: string) => void = (message) => io.stderr(`${message}\n`);
  const onTrouble = (message: string) => say(message);
  using journal = new UploadJournal(join(dirname(config.ledger), "uploads"), onTrouble);
  const parts = await openParts(config, recipe, { journal, onTrouble });
  const { cache, destination, model, source } = parts;
  const remembers = destination.url.startsWith("s3:");
  const ledger = remembers ? openLedger(config.ledger, onTrouble) : undefined;
  const end = new AbortController();
  let grace: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    say(
      `Stopping: what is under way has ${duration(config.grace)} to be finished; once more to stop at once`,
    );
    grace = setTimeout(() => end.abort(io.signal.reason), config.grace * 1000);
  };
  io.signal.addEventListener("abort", stop, { once: true });
  try {
    const answers = new Answers({
      ...config,
      cache,
      model,
      callsPerSecond: config.modelCallsPerSecond ?? (config.model === "reference:" ? Infinity : 1),
      maxInFlightBytes: config.maxInFlightMib * 1024 ** 2,
      memoryCacheBytes: config.memoryCacheMib * 1024 ** 2,
      maxOpenObjects,
      maxQuestions: config.maxQuestions ?? Infinity,
      onTrouble,
      signal: end.signal,
    });
    const job = new Job({
      ...config,
      ...parts,
      answers,
      ledger,
      recipe,
      scanner: config.lines === "scan" ? new LineScanner({ recipe }) : undefined,
      fingerprint: await recipeFingerprint(recipe),
      onMessage: onTrouble,
      stop: io.signal,
      signal: end.signal,
    });
    const progress = new Progress(job, answers, io, config);
    say = (message) => progress.say(message);
    let isListed = true;
    const profile = config.profile ? await beginProfile(cache, end.signal) : undefined;
    const cleared = clearUp(destination, { ...config, journal, signal: end.signal }, say);
    try {
      await job.run();
    } catch (error) {
      isListed = false;
      if (!end.signal.aborted) say(failureText(error));
    } finally {
      await cleared;
      progress.end();
    }
    if (io.signal.aborted) say(`Stopped by a signal: what is not done yet is left to the next run`);
    const { found, ignored, failed } = job.objects;
    if (answers.limitReached) {
      say(
        `Stopped asking: maxQuestions is ${config.maxQuestions}; what is not done yet is left to the next run`,
      );
    }
    if (job.isListed && ignored === found) {
      say(
        `NOTHING TO DO: ${found === 0 ? "no object" : `none of ${found} objects`} in ${source.url} ` +
          `${
            found === 0
              ? "at all"
              : "is a record file (.jsonl, .ndjson, or these with .gz) that include, exclude, since and until take in"
          }`,
      );
    }
    const { user, system } = process.cpuUsage(cpuAtStart);
    const cpuSeconds = (user + system) / 1e6;
    const seconds = (performance.now() - started) / 1000;
    const summary: Summary = {
      ...summarize(job, answers, { seconds, cpuSeconds, peakRssBytes: memory.bytes }),
      profile: await profile?.(),
    };
    if (!config.quiet) io.stderr(summaryText(summary));
    if (config.profile) io.stderr(profileText(summary));
    if (config.json) io.stdout(`${JSON.stringify(summary)}\n`);
    const isDone = isListed && failed === 0 && !answers.limitReached && sumsHold(summary, say);
    const hasRejects = summary.records.rejected > 0 && !config.allowRejects;
    return {
      summary,
      status: !isDone ? exitStatus.undone : hasRejects ? exitStatus.rejects : exitStatus.done,
    };
  } finally {
    io.signal.removeEventListener("abort", stop);
    clearTimeout(grace);
    ledger?.close();
    await parts.close();
  }
}

/** Objects that are read or wait for answers at once: each takes some memory beside the budget. */
const maxOpenObjects = 1_000;

/** Returns what ends it. */
async function beginProfile(cache: Cache, signal: AbortSignal): Promise<() => Promise<Summary["profile"]>> {
  const { StageProfile } = await import("./stage_profile.ts");
  const profile = new StageProfile();
  // A server that does not tell is no reason to fail.
  const usage = () => cache.usage?.(signal).catch(() => undefined);
  const before = await usage();
  await profile.start();
  return async () => {
    await profile.stop();
    const after = await usage();
    return {
      stages: Object.fromEntries(profile.seconds),
      cacheServer: before && after && { ...after, cpuSeconds: after.cpuSeconds - before.cpuSeconds },
    };
  };
}

/** Removes what killed runs have left half sent, beside the work. What cannot be removed fails nothing. */
async function clearUp(
  destination: Store,
  options: AbandonedUploadsOptions,
  say: (message: string) => void,
): Promise<void> {
  try {
    const removed = await removeAbandonedUploads(destination, options);
    if (removed > 0) {
      say(
        `Removed ${removed} unfinished upload${removed > 1 ? "s" : ""} of earlier runs in ${destination.url}`,
      );
    }
  } catch (error) {
    if (!options.signal.aborted) {
      say(`Going on without looking for unfinished uploads: ${failureText(error)}`);
    }
  }
}

function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Spent = Pick<Summary, "seconds" | "cpuSeconds" | "peakRssBytes">;

function summarize(job: Job, answers: Answers, { seconds, cpuSeconds, peakRssBytes }: Spent): Summary {
  const { bytesIn, bytesOut, blank, in: lines, out, reasons, rejected } = job.records;
  return {
    objects: job.objects,
    records: { in: lines, out, rejected, blank },
    rejects: reasons,
    keys: answers.counts,
    model: answers.modelStats,
    cache: answers.cacheStats,
    bytes: { in: bytesIn, out: bytesOut },
    seconds,
    cpuSeconds,
    peakRssBytes,
  };
}

/** A run without failures must account for every record and every key. */
function sumsHold({ objects, records, keys }: Summary, say: (message: string) => void): boolean {
  const recordsHold = records.in === records.out + records.rejected + records.blank;
  const keysHold = objects.failed > 0 || keys.seen === keys.local + keys.hits + keys.asked;
  if (!recordsHold || !keysHold) say(`Cannot account for everything: ${JSON.stringify({ records, keys })}`);
  return recordsHold && keysHold;
}
