import { delay } from "@std/async/delay.js";
import { ErrorCode, Job, UnrecoverableError } from "bullmq";
import { SluiceError } from "../errors/sluice_error.ts";
import { MessageLostError, type ObjectQueue, type QueuedMessage } from "../watch/object_queue.ts";
import { bullCodeOf, BullConnection, type BullConnectionOptions } from "./bull_connection.ts";
import type { BullLink } from "./bull_link.ts";
import { parseQueueJob, type QueueJob, scopeText } from "./queue_job.ts";
import { isBeingFilled } from "./queue_filling.ts";
import { queueText } from "./queue_server.ts";

/** Codes by which BullMQ reports that a worker no longer holds a job. */
const lostCodes: readonly unknown[] = [
  ErrorCode.JobNotExist,
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
];

export interface BullQueueOptions extends BullConnectionOptions {
  /** URLs of the source and, except for menus, of the destination: jobs about others are rejected. */
  readonly source?: string;
  readonly destination?: string;
}

/** A job that this process has claimed. */
export interface QueueMessage extends QueuedMessage {
  /**
   * The job as it was added, with its chunk of menus.
   *
   * @throws As `names()`.
   */
  job(): QueueJob;
}

/** How long a job that is handed back may be under way in a claim that was ended, in milliseconds. */
const maxLateClaimMs = 500;

/**
 * The jobs of a queue in Redis, each about one object, as workers see them. Claims are BullMQ's locks; BullMQ counts
 * tries, delays them, keeps failed jobs, and finds the jobs of lost workers.
 */
export class BullQueue implements ObjectQueue {
  readonly url: string;
  readonly visibilitySeconds: number;
  /** Claims that wait for an answer; one may outlive the signal that ended it. */
  readonly #claiming = new Set<Promise<Job[]>>();
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
      // The first attempt does not wait if BullMQ does not know yet that there is no job.
      for (let tries = 0; tries < 2 && jobs.length === 0 && !signal.aborted; tries++) {
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
    }).catch(() => {}); // if this fails, the claim expires
    // A claim that still waits at the server, although it was ended here, takes the job at once, and hands it back itself.
    if (this.#claiming.size > 0) {
      await Promise.race([Promise.allSettled(this.#claiming), delay(maxLateClaimMs)]);
    }
  }

  fail(message: QueuedMessage, reason: string, signal: AbortSignal): Promise<void> {
    return this.#end("set aside", message, signal, async (job) => {
      await job.moveToFailed(withoutStack(new Error(reason)), message.receipt, false);
    });
  }

  check(signal: AbortSignal): Promise<string> {
    return this.#connection.run("look at", signal, queueText);
  }

  /** Whether all jobs are done or have failed for good, and no process is about to add others. */
  isDrained(signal: AbortSignal): Promise<boolean> {
    return this.#connection.run("look at", signal, async (link) => {
      // First, since the jobs of a process that has just ended are counted then.
      if (await isBeingFilled(link)) return false;
      return await link.queue.getJobCountByTypes("wait", "delayed", "active") === 0;
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** The next job; undefined if the queue is empty, or if the job has lost its workers too often. */
  #next(link: BullLink, block: boolean, signal: AbortSignal): Promise<Job[]> {
    const claiming: Promise<Job[]> = this.#nextOf(link, block, signal).finally(() =>
      this.#claiming.delete(claiming)
    );
    this.#claiming.add(claiming);
    return claiming;
  }

  async #nextOf({ worker }: BullLink, block: boolean, signal: AbortSignal): Promise<Job[]> {
    const token = crypto.randomUUID();
    const job = await worker!.getNextJob(token, { block });
    if (job === undefined) return [];
    if (signal.aborted) {
      await job.moveToWait(token);
      return [];
    }
    if (job.deferredFailure === undefined) return [job];
    const reason = "its workers were lost too often: the object may be what ends them";
    await job.moveToFailed(withoutStack(new UnrecoverableError(reason)), token, false);
    return [];
  }

  #message(job: Job): QueueMessage {
    const { source, destination } = this.#options;
    const id = job.id!;
    const what = `job ${id} of ${this.url}`;
    const wrong = (reason: string) => new SluiceError({ kind: "data", action: "use", subject: what, reason });
    const understood = () => {
      const parsed = parseQueueJob(job.data, what);
      if (source !== undefined && (parsed.source !== source || parsed.destination !== destination)) {
        throw wrong(`it is ${scopeText(parsed)}, not ${scopeText({ source, destination })}`);
      }
      return parsed;
    };
    return {
      id,
      receives: job.attemptsStarted,
      receipt: job.token!,
      job: understood,
      names: ({ url }) => {
        const { name, source } = understood();
        if (source !== url) throw wrong(`it is about ${source}, not ${url}`);
        return [name];
      },
    };
  }

  /** Ends a claim; once more if the connection was lost in between. */
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
        if (lostCodes.includes(bullCodeOf(error))) throw this.#lost(action, id, error);
        if (attempt === 2 || signal.aborted) throw error;
      }
    }
  }

  #lost(action: string, id: string, cause?: unknown): MessageLostError {
    return new MessageLostError(action, `job ${id} of ${this.url}`, cause);
  }
}

/** BullMQ keeps an error's stack, which only describes this machine. */
function withoutStack(error: Error): Error {
  error.stack = undefined;
  return error;
}
