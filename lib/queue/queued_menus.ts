import { delay } from "@std/async/delay.js";
import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import type { Menus } from "../menus/menus.ts";
import { retryDelayMs } from "../retry/retry.ts";
import { retryPolicies } from "../retry/retry_policies.ts";
import type { Store } from "../stores/store.ts";
import { plural } from "../text/format.ts";
import { Lease } from "../watch/lease.ts";
import type { BullQueue } from "./bull_queue.ts";
import type { JobQueue } from "./job_queue.ts";

export interface QueuedMenusOptions {
  /** The queue, to see how it stands. */
  readonly queue: Pick<JobQueue, "name" | "url" | "state">;
  /** The same queue, to claim its jobs. */
  readonly claims: BullQueue;
  /** The store of the jobs' objects. */
  readonly store: Store;
  /** Called when the queue fails, and for jobs that cannot be used. */
  readonly onTrouble: (message: string) => void;
}

/**
 * The menus that a queue's jobs name, one job at a time, until no job is waiting, claimed or about to be added. A job stays claimed while it is
 * worked on. It is removed when `onEnd` says that it is done, handed back as failed when `onEnd` gives a reason, and handed
 * back to be claimed again when the reader stops. Its object must be as it was when the job was added.
 */
export function queuedMenus(
  { claims, onTrouble, queue, store }: QueuedMenusOptions,
): Required<Pick<Menus, "objects" | "isDone">> {
  // The queue learns what has ended even when everything is being stopped.
  const always = new AbortController().signal;
  let hasClaimed = false;

  /** The next job; undefined when all are done. */
  async function next(signal: AbortSignal) {
    for (let failures = 0;;) {
      try {
        const [message] = await claims.claim(1, signal);
        const isOver = message === undefined && await claims.isDrained(signal);
        if (failures > 0) onTrouble(`The queue answers again: ${queue.url}`);
        failures = 0;
        hasClaimed = true;
        if (message !== undefined || isOver) return message;
      } catch (error) {
        signal.throwIfAborted();
        if (!hasClaimed) throw error;
        if (failures === 0) onTrouble(`${reasonOf(error)}; retrying until it answers`);
        await delay(retryDelayMs(retryPolicies.queueClaim, ++failures), { signal });
      }
    }
  }

  return {
    async *objects(signal) {
      for (let message; (message = await next(signal)) !== undefined;) {
        const lease = new Lease(claims, message, { onTrouble });
        let hasEnded = false;
        const onEnd = async (failure?: string) => {
          hasEnded = true;
          try {
            if (failure === undefined) await lease.complete(always);
            else await lease.fail(failure, always);
          } catch (error) {
            onTrouble(`${reasonOf(error)}; the job will be delivered again`);
          }
        };
        try {
          const { chunk, etag, name } = message.job();
          const object = await store.head(name, signal);
          if (object?.etag === etag) yield { name, opened: { store, object }, range: chunk, onEnd };
          else {
            const why = object === undefined ? "it is gone" : "it has changed since it was enqueued";
            throw new SluiceError({
              kind: "source",
              action: "match",
              subject: `${store.url}${name}`,
              reason: `${why}; enqueue it again`,
            });
          }
        } catch (error) {
          signal.throwIfAborted();
          const reason = reasonOf(error);
          onTrouble(reason);
          await onEnd(reason);
        } finally {
          if (!hasEnded) await lease.abandon(always);
        }
      }
    },
    async isDone(signal) {
      const { failed } = await queue.state(signal);
      if (failed === 0) return true;
      onTrouble(
        `Cannot finish all jobs of queue ${queue.name} of ${queue.url}: ${plural(failed, "job")} failed; ` +
          `sluice queue --queue-name ${queue.name} shows why, sluice queue retry retries them`,
      );
      return false;
    },
  };
}
