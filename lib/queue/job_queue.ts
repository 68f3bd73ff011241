import { ErrorCode, type Job, type Queue } from "bullmq";
import { SluiceError } from "../errors/sluice_error.ts";
import { retryPolicies } from "../retry/retry_policies.ts";
import { plural } from "../text/format.ts";
import { bullCodeOf, BullConnection, type BullConnectionOptions } from "./bull_connection.ts";
import { parseQueueJob, type QueueJob, queueJobId, type QueueScope, scopeText } from "./queue_job.ts";
import { isBeingFilled, QueueFilling } from "./queue_filling.ts";
import { queueText } from "./queue_server.ts";
import type { QueueFigures } from "../telemetry/snapshot.ts";

/** Jobs added or read with one command, at most. */
const maxJobsAtOnce = 500;

export interface JobQueueOptions extends Omit<BullConnectionOptions, "visibilitySeconds" | "waitSeconds"> {
  /** How often a job is tried before it has failed. Defaults to 5. */
  readonly tries?: number;
  /** How long a failed job waits for its next try, in seconds; twice as long each time. Defaults to 10. */
  readonly retrySeconds?: number;
}

/** The outcome of adding jobs. */
export interface AddedJobs {
  readonly added: number;
  /** Were in the queue already, waiting or claimed. */
  readonly known: number;
  /** Were in the queue already, as failed. */
  readonly failed: number;
}

/** The state of a queue. */
export interface QueueState extends QueueFigures {
  /** What its jobs are about; `undefined` if it has never had one. */
  readonly place: QueueScope | undefined;
}

/** A job that is claimed or has failed. */
export interface ShownJob {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** Defaults to the whole object. */
  readonly chunk?: QueueJob["chunk"];
  readonly tries: number;
  /** How long it has been in this state, in seconds. */
  readonly seconds: number;
  /** Why its last try failed. */
  readonly reason: string | undefined;
}

/**
 * A queue of jobs, seen from outside: adds them, shows their state, and puts failed ones back. All jobs of a queue are
 * from one source to one destination, or all of menus from one source.
 */
export class JobQueue {
  readonly url: string;
  readonly name: string;
  readonly #connection: BullConnection;
  readonly #tries: number;
  readonly #retryMs: number;

  /** @throws {Error} As {@linkcode BullConnection}. */
  constructor(url: string, options: JobQueueOptions = {}) {
    this.#connection = new BullConnection(url, { ...options, isClaiming: false });
    this.#tries = options.tries ?? retryPolicies.queueJob.maxAttempts;
    this.#retryMs = options.retrySeconds === undefined
      ? retryPolicies.queueJob.firstMs
      : options.retrySeconds * 1000;
    this.url = this.#connection.url;
    this.name = this.#connection.name;
  }

  /** What the queue's jobs are about; `undefined` if no job was ever added. */
  place(signal: AbortSignal): Promise<QueueScope | undefined> {
    return this.#connection.run("look at", signal, ({ client, queue }) => placeOf(client, queue));
  }

  /**
   * Declares what the queue's jobs are about, before any is added. A queue without jobs can be declared again.
   *
   * @throws {SluiceError} `queue`: it has jobs about something else.
   */
  settle(place: QueueScope, signal: AbortSignal): Promise<void> {
    return this.#connection.run("add jobs to", signal, async ({ client, queue }) => {
      const key = queue.toKey("place"), text = JSON.stringify(place);
      if (await client.setNX(key, text) === 1) return;
      const there = await placeOf(client, queue);
      if (there?.source === place.source && there.destination === place.destination) return;
      const jobs = await queue.getJobCountByTypes("wait", "delayed", "active", "failed");
      if (there !== undefined && jobs > 0) {
        throw new SluiceError({
          kind: "queue",
          action: "add jobs to",
          subject: `queue ${this.name} of ${this.url}`,
          reason: `it has ${plural(jobs, "job")} ${scopeText(there)}; name another queue by --queue-name`,
        });
      }
      await client.set(key, text);
    });
  }

  /**
   * Says that jobs are about to be added, until the result is disposed of: workers that end with the queue wait for them.
   *
   * @throws {SluiceError} `queue`: it cannot be reached.
   */
  fill(signal: AbortSignal): Promise<AsyncDisposable> {
    return QueueFilling.begin(this.#connection, signal);
  }

  /** Whether a process is about to add jobs. */
  isBeingFilled(signal: AbortSignal): Promise<boolean> {
    return this.#connection.run("look at", signal, isBeingFilled);
  }

  /**
   * Adds jobs, in this order, 500 at once. A job that is in the queue already, by name, ETag and chunk, stays as it is.
   *
   * @throws {Error} The queue cannot be reached; some may have been added.
   * @throws The signal's reason, at once when it is aborted.
   */
  async add(jobs: readonly QueueJob[], signal: AbortSignal): Promise<AddedJobs> {
    let added = 0, known = 0, failed = 0;
    for (let at = 0; at < jobs.length; at += maxJobsAtOnce) {
      const some = await Promise.all(
        jobs.slice(at, at + maxJobsAtOnce).map(async (job) => [await queueJobId(job), job] as const),
      );
      await this.#connection.run("add jobs to", signal, async ({ client, queue }) => {
        const ids = some.map(([id]) => id);
        const [are, haveFailed] = await Promise.all([
          Promise.all(ids.map((id) => client.exists(queue.toKey(id)))),
          client.zmScore(queue.toKey("failed"), ids),
        ]);
        const fresh = some.filter((_, i) => are[i] === 0);
        if (fresh.length > 0) {
          await queue.addBulk(
            fresh.map(([id, data]) => ({ name: "object", data, opts: this.#jobOptions(id) })),
          );
        }
        const isFailed = haveFailed.filter((score, i) => are[i] === 1 && score !== null).length;
        added += fresh.length;
        failed += isFailed;
        known += some.length - fresh.length - isFailed;
      });
    }
    return { added, known, failed };
  }

  /**
   * Checks that the queue can be used, and describes its state as text.
   *
   * @throws {SluiceError} `queue`: it cannot be reached, or its Redis may evict jobs.
   */
  check(signal: AbortSignal): Promise<string> {
    return this.#connection.run("look at", signal, queueText);
  }

  /** The state of the queue. */
  state(signal: AbortSignal): Promise<QueueState> {
    return this.#connection.run("look at", signal, async ({ client, queue }) => {
      const { wait = 0, delayed = 0, active = 0, failed = 0 } = await queue.getJobCounts(
        ...["wait", "delayed", "active", "failed"] as const,
      );
      const oldest = (await queue.getJobs(["wait"], 0, 0, true))[0];
      return {
        waiting: wait,
        delayed,
        active,
        failed,
        oldestSeconds: oldest && Math.max(0, Date.now() - oldest.timestamp) / 1000,
        workers: (await queue.getWorkers()).length,
        place: await placeOf(client, queue),
      };
    });
  }

  /** Claimed jobs, those with the oldest claim first; at most `most`. */
  active(most: number, signal: AbortSignal): Promise<ShownJob[]> {
    return this.#shown("active", most, signal);
  }

  /** Failed jobs, the last one first; at most `most`. */
  failed(most: number, signal: AbortSignal): Promise<ShownJob[]> {
    return this.#shown("failed", most, signal);
  }

  /**
   * Puts failed jobs back, of the named objects or all; they get as many tries as new ones. Resolves to how many;
   * those that somebody else has dealt with in the meantime are not counted.
   */
  retry(names: readonly string[], signal: AbortSignal): Promise<number> {
    return this.#eachFailed("retry jobs of", names, signal, (job) => {
      return job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
    });
  }

  /** Removes failed jobs, of the named objects or all. Resolves to how many. */
  drop(names: readonly string[], signal: AbortSignal): Promise<number> {
    return this.#eachFailed("drop jobs of", names, signal, (job) => job.remove());
  }

  /** Removes jobs that wait or are delayed. Resolves to how many. */
  async dropWaiting(signal: AbortSignal): Promise<number> {
    let dropped = 0;
    for (const state of ["wait", "delayed"] as const) {
      for (let some = maxJobsAtOnce; some === maxJobsAtOnce; dropped += some) {
        some = await this.#connection.run("drop jobs of", signal, async ({ queue }) => {
          return (await queue.clean(0, maxJobsAtOnce, state)).length;
        });
      }
    }
    return dropped;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #jobOptions(jobId: string) {
    return {
      jobId,
      attempts: this.#tries,
      backoff: { type: "exponential", delay: this.#retryMs },
      removeOnComplete: true,
      stackTraceLimit: 0,
    };
  }

  #shown(state: "active" | "failed", most: number, signal: AbortSignal): Promise<ShownJob[]> {
    return this.#connection.run("look at", signal, async ({ queue }) => {
      const jobs = await queue.getJobs([state], 0, most - 1, state === "active");
      return jobs.map((job) => {
        const { name, bytes, chunk } = parseQueueJob(job.data, `job ${job.id} of ${this.url}`);
        const since = job.finishedOn ?? job.processedOn ?? job.timestamp;
        return {
          id: job.id!,
          name,
          bytes,
          chunk,
          tries: state === "failed" ? job.attemptsMade : job.attemptsMade + 1,
          seconds: Math.max(0, Date.now() - since) / 1000,
          reason: job.failedReason || undefined,
        };
      });
    });
  }

  async #eachFailed(
    action: string,
    names: readonly string[],
    signal: AbortSignal,
    work: (job: Job) => Promise<void>,
  ): Promise<number> {
    const wanted = new Set(names);
    let done = 0, left = 0;
    while (true) {
      // Jobs that are dealt with leave the list: those that were skipped come before the rest.
      const seen = await this.#connection.run(action, signal, async ({ queue }) => {
        const jobs = await queue.getJobs(["failed"], left, left + maxJobsAtOnce - 1, true);
        const chosen = jobs.filter((job) => wanted.size === 0 || wanted.has(job.data?.name));
        const dealtWith = await Promise.all(chosen.map((job) => work(job).then(() => true, skipGone)));
        done += dealtWith.filter((isDone) => isDone).length;
        left += jobs.length - chosen.length;
        return jobs.length;
      });
      if (seen === 0) return done;
    }
  }
}

/**
 * Returns false of a job that somebody else has removed or put back in the meantime.
 *
 * @throws What else went wrong.
 */
function skipGone(error: unknown): false {
  const code = bullCodeOf(error);
  if (code === ErrorCode.JobNotExist || code === ErrorCode.JobNotInState) return false;
  throw error;
}

async function placeOf(
  client: { get(key: string): Promise<string | null> },
  queue: Queue,
): Promise<QueueScope | undefined> {
  const text = await client.get(queue.toKey("place"));
  return text === null ? undefined : JSON.parse(text);
}
