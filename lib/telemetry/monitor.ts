import process from "node:process";
import type { Answers } from "../answers/answers.ts";
import type { EndedCall } from "../answers/caller.ts";
import { ObjectCounts, type Reject, type RejectReason } from "../records/batch.ts";
import type { Tell } from "../text/tell.ts";
import { Metrics } from "./metrics.ts";
import type { EndedObject, Point, RejectsOfReason, Snapshot, Trouble } from "./snapshot.ts";
import { type WorkEstimate, WorkEstimator, type WorkSample } from "./work_estimate.ts";
import type { Work, WorkObserver, WorkOutcome } from "./work_observer.ts";

export interface MonitorOptions {
  readonly version: string;
  readonly command: Snapshot["command"];
  readonly from?: string;
  readonly to?: string;
  readonly modelUrl: string;
  readonly cacheUrl: string;
  readonly answers: Answers;
  /** Outcomes of objects, if there are any. */
  readonly objects?: () => NonNullable<Snapshot["objects"]>;
  /** How far the work is, if it has an end. */
  readonly work?: () => WorkSample;
  /** Outcomes of requests, if they are served. */
  readonly requests?: () => NonNullable<Snapshot["requests"]>;
  /** The state of the job queue, if there is one. */
  readonly fleet?: () => Snapshot["fleet"];
  /** What 1,000 questions cost. */
  readonly pricePer1000?: number;
  /** Aborted when no new work is started. */
  readonly stop: AbortSignal;
}

/** Between two points of the history, in milliseconds. */
const tickMs = 1_000;
/** Objects that a snapshot lists, at most. */
const maxShown = 50;
/** Objects whose tries are counted, at most; those that failed last. */
const maxCountedTries = 1_000;
/** Different warnings and errors that are kept, and for how long, in milliseconds. */
const maxTroubles = 100, troubleMs = 3_600_000;
/** Times that are kept, and counted, of one warning or error; the last ones. */
const maxTroubleTimes = 1_000;
/** Rejects that a sample for each reason is looked for in, the last ones of those that are reported together. */
const maxSampledRejects = 10;
/** UTF-16 units of a rejected line that are shown. */
const maxSampleLength = 500;

/**
 * Observes a process for its page and its metrics: the work in progress, its outcomes, and the throughput of each
 * second. Keeps the last 50 objects, 100 warnings and errors, and one sample for each reject reason, so that its memory
 * does not grow with time.
 */
export class Monitor implements WorkObserver, Disposable {
  readonly metrics: Metrics;
  readonly #options: MonitorOptions;
  readonly #startedMs = Date.now();
  /** When the last point was made, by `performance.now()`: the wall clock may be set back. */
  #tickedMs = performance.now();
  /** Of everything that has ended. */
  readonly #ended = new ObjectCounts();
  readonly #working = new Map<
    ObjectCounts,
    { readonly work: Work; readonly startedMs: number; readonly begunMs: number }
  >();
  readonly #lastEnded: EndedObject[] = [];
  /** How often objects have failed since they were last processed. */
  readonly #failures = new Map<string, number>();
  readonly #samples = new Map<RejectReason, RejectsOfReason["sample"]>();
  readonly #troubles = new Map<string, Trouble & { readonly times: readonly number[] }>();
  readonly #watchers = new Set<(snapshot: Snapshot, point: Point) => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #estimator = new WorkEstimator();
  #progress: WorkEstimate | undefined;
  #isOver = false;
  #before: Snapshot;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#before = this.snapshot();
    this.metrics = new Metrics(() => this.snapshot(), () => this.#inProgress, {
      hasNearTitles: this.#before.nearTitles !== undefined,
    });
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  /** Whether new work is accepted, and the model answers. */
  get isReady(): boolean {
    const { answers, stop } = this.#options;
    return !stop.aborted && !this.#isOver && !answers.stats().modelIsDown;
  }

  /** Calls back each second, and once more at the end; returns a function that ends it. */
  watch(callback: (snapshot: Snapshot, point: Point) => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  /** Declares the work over, and shows its end to all watchers. */
  end(): void {
    this.#isOver = true;
    this.#tick();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#watchers.clear();
  }

  begun(work: Work, counts: ObjectCounts): void {
    this.#working.set(counts, { work, startedMs: Date.now(), begunMs: performance.now() });
  }

  ended(work: Work, counts: ObjectCounts, outcome: WorkOutcome): void {
    const begunMs = this.#working.get(counts)?.begunMs ?? performance.now();
    this.#working.delete(counts);
    this.#ended.add(counts);
    if (outcome === "again" || outcome === "left" || outcome === "ignored") return;
    const endedMs = Date.now(), seconds = (performance.now() - begunMs) / 1000;
    const { out: records, rejected } = counts;
    this.metrics.observeWork(seconds);
    const tries = this.#triesOf(work.name, outcome);
    this.#lastEnded.unshift({ name: work.name, outcome, records, rejected, tries, seconds, endedMs });
    if (this.#lastEnded.length > maxShown) this.#lastEnded.pop();
  }

  /** How often an object was tried; one that is tried again takes the place of its last try. Requests have no name of their own. */
  #triesOf(name: string, outcome: EndedObject["outcome"]): number {
    if (this.#options.requests !== undefined) return 1;
    const before = this.#lastEnded.findIndex((ended) => ended.name === name);
    if (before >= 0) this.#lastEnded.splice(before, 1);
    const tries = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.delete(name);
    if (outcome === "failed") this.#failures.set(name, tries);
    if (this.#failures.size > maxCountedTries) this.#failures.delete(this.#failures.keys().next().value!);
    return tries;
  }

  /** Records a sample of rejects. */
  rejected(object: string, rejects: readonly Reject[]): void {
    for (const { line, reason, text } of rejects.slice(-maxSampledRejects)) {
      const shown = typeof text === "string"
        ? text
        : new TextDecoder().decode(text.subarray(0, maxSampleLength));
      this.#samples.set(reason, { object, line, text: shown.slice(0, maxSampleLength) });
    }
  }

  /** Counts questions that came without records. */
  answered(answered: number, refused: number): void {
    this.#ended.in += answered + refused;
    this.#ended.out += answered;
    for (let i = 0; i < refused; i++) this.#ended.reject("model_refused");
  }

  callEnded(call: EndedCall): void {
    this.metrics.observeCall(call);
  }

  /** Records warnings and errors. */
  readonly trouble: Tell = (message, level = "warning") => {
    if (level === "info") return;
    const now = Date.now();
    const times = [...(this.#troubles.get(message)?.times ?? []), now].slice(-maxTroubleTimes);
    this.#troubles.delete(message);
    this.#troubles.set(message, { level, message, times, count: times.length, timeMs: now });
    if (this.#troubles.size > maxTroubles) this.#troubles.delete(this.#troubles.keys().next().value!);
  };

  /** The state at this moment. */
  snapshot(): Snapshot {
    const {
      answers,
      cacheUrl,
      command,
      fleet,
      from,
      modelUrl,
      objects,
      pricePer1000,
      requests,
      to,
      version,
    } = this.#options;
    const counts = new ObjectCounts();
    for (const some of [this.#ended, ...this.#working.keys()]) counts.add(some);
    const { in: lines, out, rejected, blank, skipped } = counts;
    const { asked } = answers.counts;
    const saved = Math.max(0, out - skipped - asked);
    const nowMs = Date.now();
    const stats = answers.stats();
    return {
      version,
      command,
      state: this.#state(),
      startedMs: this.#startedMs,
      nowMs,
      from,
      to,
      records: { in: lines, out, rejected, blank },
      keys: { ...answers.counts },
      nearTitles: stats.sharing,
      saved: {
        questions: saved,
        calls: Math.max(0, out - stats.model.calls),
        money: pricePer1000 === undefined ? undefined : saved * pricePer1000 / 1000,
        spent: pricePer1000 === undefined ? undefined : stats.model.questions * pricePer1000 / 1000,
      },
      model: {
        url: modelUrl,
        ...stats.model,
        callsUnderWay: stats.callsInFlight,
        questionsWaiting: stats.questionsWaiting,
        isDown: stats.modelIsDown,
      },
      cache: { url: cacheUrl, ...stats.cache, isDown: stats.cacheIsDown },
      objects: objects?.(),
      progress: this.#progress,
      requests: requests?.(),
      fleet: fleet?.(),
      bytes: { in: counts.bytesIn, out: counts.bytesOut },
      rssBytes: process.memoryUsage.rss(),
      working: [...this.#working].slice(0, maxShown).map((
        [{ bytesIn, in: records }, { work, startedMs }],
      ) => ({
        name: work.name,
        bytes: work.bytes,
        bytesRead: bytesIn,
        records,
        startedMs,
      })),
      ended: [...this.#lastEnded],
      rejects: Object.entries(counts.reasons).toSorted(([, a], [, b]) => b - a).map(([reason, count]) => ({
        reason: reason as RejectReason,
        count,
        sample: this.#samples.get(reason as RejectReason),
      })),
      troubles: this.#recentTroubles(nowMs),
    };
  }

  #state(): Snapshot["state"] {
    if (this.#isOver) return "ended";
    if (this.#options.stop.aborted) return "draining";
    return this.#inProgress > 0 ? "working" : "waiting";
  }

  /** Objects or requests in progress. */
  get #inProgress(): number {
    return this.#options.requests?.().underWay ?? this.#working.size;
  }

  #recentTroubles(nowMs: number): Trouble[] {
    for (const [message, { times, ...trouble }] of this.#troubles) {
      const recent = times.filter((time) => nowMs - time < troubleMs);
      if (recent.length === 0) this.#troubles.delete(message);
      else this.#troubles.set(message, { ...trouble, times: recent, count: recent.length });
    }
    return [...this.#troubles.values()].reverse().map(({ level, message, count, timeMs }) => ({
      level,
      message,
      count,
      timeMs,
    }));
  }

  #tick(): void {
    const nowMs = performance.now(), sample = this.#options.work?.();
    this.#progress = sample && this.#estimator.add(sample, nowMs);
    const now = this.snapshot(), before = this.#before;
    const seconds = Math.max(0.001, (nowMs - this.#tickedMs) / 1000);
    this.#before = now;
    this.#tickedMs = nowMs;
    const asked = now.keys.asked - before.keys.asked;
    const known = now.keys.local + now.keys.hits - before.keys.local - before.keys.hits;
    const calls = now.model.calls - before.model.calls;
    const point: Point = {
      timeMs: now.nowMs,
      linesPerSecond: (now.records.in - before.records.in) / seconds,
      hitRatio: known + asked > 0 ? known / (known + asked) : null,
      questionsWaiting: now.model.questionsWaiting,
      callsPerSecond: calls / seconds,
      callSeconds: calls > 0 ? (now.model.seconds - before.model.seconds) / calls : null,
    };
    for (const watcher of this.#watchers) watcher(now, point);
  }
}
