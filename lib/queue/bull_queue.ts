import { ErrorCode, Job, UnrecoverableError } from "bullmq";
import { parseObjectUrl } from "../stores/object_url.ts";
import { MessageLostError, type ObjectQueue, type QueuedMessage } from "../watch/object_queue.ts";
import { BullConnection, type BullConnectionOptions } from "./bull_connection.ts";
import type { BullLink } from "./bull_link.ts";
import { parseQueueJob, type QueueJob, scopeText } from "./queue_job.ts";
import { queueText } from "./queue_server.ts";

/** Codes by which BullMQ says that a job is not this worker's any more. */
const lostCodes: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
];

export interface BullQueueOptions extends BullConnectionOptions {
  /** The source's URL and, but for menus, the destination's: jobs about others are not understood. */
  readonly source?: string;
  readonly destination?: string;
}

/** A job that this process has claimed. */
export interface QueueMessage extends QueuedMessage {
  /**
   * What it is about, chunks of menus too.
   *
   * @throws As {@linkcode objects}.
   */
  job(): QueueJob;
}

/**
 * Jobs of a fleet, in Redis, as BullMQ keeps them: each about one object. Claims are BullMQ's locks; what counts
 * tries, waits between them, keeps what has failed, and finds the jobs of workers that are gone, is BullMQ.
 */
export class BullQueue implements ObjectQueue {
  readonly url: string;
  readonly visibilitySeconds: number;
  readonly #connection: BullConnection;
  readonly #options: BullQueueOptions;

  /** @throws {Error} As {@linkcode BullConnection}. */
  constructor(url: string, options: BullQueueOptions = {}) {
    this.#connection = new BullConnection(url, { ...options, isClaiming: true });
    this.#options = options;
    this.url = this.#connection.url;
    this.visibilitySeconds = this.#connection.visibilitySeconds;
  }

  async claim(maxMessages: number, signal: AbortSignal): Promise<readonly QueueMessage[]> {
    const { waitSeconds } = this.#connection;
    const jobs = await this.#connection.run("claim jobs of", signal, async (link) => {
      const jobs: Job[] = [];
      // The first one does not wait where BullMQ does not know yet that there is none.
      for (let tries = 0; tries < 2 && jobs.length === 0; tries++) {
        jobs.push(...await this.#next(link, true, signal));
      }
      while (jobs.length > 0 && jobs.length < maxMessages) {
        const more = await this.#next(link, false, signal);
        if (more.length === 0) break;
        jobs.push(...more);
      }
      return jobs;
    }, waitSeconds);
    return jobs.map((job) => this.#message(job));
  }

  async renew({ id, receipt }: QueuedMessage, signal: AbortSignal): Promise<void> {
    const lost = await this.#connection.run(
      "keep a job of",
      signal,
      ({ worker }) => worker!.extendJobLocks([id], [receipt], this.visibilitySeconds * 1000),
    );
    if (lost.length > 0) throw this.#lost("keep", id);
  }

  complete(message: QueuedMessage, signal: AbortSignal): Promise<void> {
    return this.#end("remove", message, signal, async (job) => {
      await job.moveToCompleted(null, message.receipt, false);
    });
  }

  async abandon(message: QueuedMessage, signal: AbortSignal): Promise<void> {
    await this.#end("hand back", message, signal, async (job) => {
      await job.moveToWait(message.receipt);
    }).catch(() => {}); // what cannot be handed back comes back when its time is over
  }

  fail(message: QueuedMessage, reason: string, signal: AbortSignal): Promise<void> {
    return this.#end("set aside", message, signal, async (job) => {
      await job.moveToFailed(withoutStack(new Error(reason)), message.receipt, false);
    });
  }

  check(signal: AbortSignal): Promise<string> {
    return this.#connection.run("look at", signal, queueText);
  }

  /** How many jobs are neither done nor failed for good: they wait, wait to be tried again, or are claimed. */
  remaining(signal: AbortSignal): Promise<number> {
    return this.#connection.run("look at", signal, ({ queue }) => {
      return queue.getJobCountByTypes("wait", "delayed", "active");
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** The next job; none where there is none, or the one there was has come back too often. */
  async #next({ worker }: BullLink, block: boolean, signal: AbortSignal): Promise<Job[]> {
    const token = crypto.randomUUID();
    const job = await worker!.getNextJob(token, { block });
    if (job === undefined) return [];
    if (signal.aborted) {
      await job.moveToWait(token);
      return [];
    }
    if (job.deferredFailure === undefined) return [job];
    const reason = "whoever had claimed it was not heard of any more, too often: it may be what ends them";
    await job.moveToFailed(withoutStack(new UnrecoverableError(reason)), token, false);
    return [];
  }

  #message(job: Job): QueueMessage {
    const { source, destination } = this.#options;
    const id = job.id!;
    const what = `job ${id} of ${this.url}`;
    const understood = () => {
      const told = parseQueueJob(job.data, what);
      if (source !== undefined && (told.source !== source || told.destination !== destination)) {
        throw new Error(
          `Cannot use ${what}: it is ${scopeText(told)}, not ${scopeText({ source, destination })}`,
        );
      }
      return told;
    };
    return {
      id,
      receives: job.attemptsStarted,
      receipt: job.token!,
      job: understood,
      objects: () => {
        const told = understood();
        const place = parseObjectUrl(told.source);
        if (place.kind !== "s3") throw new Error(`Cannot use ${what}: ${told.source} is not in S3`);
        return [{
          bucket: place.bucket,
          key: place.prefix + told.name,
          bytes: told.bytes,
          etag: told.etag,
        }];
      },
    };
  }

  /** Does what ends a claim; once more where the connection was lost in between. */
  async #end(
    action: string,
    { id }: QueuedMessage,
    signal: AbortSignal,
    work: (job: Job) => Promise<void>,
  ): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#connection.run(`${action} a job of`, signal, async ({ worker }) => {
          const job = await Job.fromId(worker!, id);
          if (job === undefined) throw this.#lost(action, id);
          await work(job);
        });
      } catch (error) {
        if (error instanceof MessageLostError) throw error;
        if (lostCodes.includes((error as { code?: unknown }).code)) throw this.#lost(action, id, error);
        if (attempt === 2 || signal.aborted) throw error;
      }
    }
  }

  #lost(action: string, id: string, cause?: unknown): MessageLostError {
    return new MessageLostError(
      `Cannot ${action} job ${id} of ${this.url}: it is claimed no more, its time was over or it is gone`,
      { cause },
    );
  }
}

/** BullMQ keeps an error's stack, which tells of this machine only. */
function withoutStack(error: Error): Error {
  error.stack = undefined;
  return error;
}
