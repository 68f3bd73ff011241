import { delay } from "@std/async/delay.js";
import { scopeText } from "../../queue/queue_job.ts";
import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { count } from "../../text/format.ts";
import { Lease } from "../../watch/lease.ts";
import { openSource, type S3Config } from "../open/open_parts.ts";
import { openClaims, openJobQueue, type QueueConfig } from "../open/open_job_queue.ts";
import type { Menus } from "./open_menus.ts";

/** How long a claim waits for a job, in seconds, before it is seen whether that is the end. */
const waitSeconds = 1;
/** Waits while the queue does not answer, in milliseconds. */
const firstRetryMs = 1_000, maxRetryMs = 30_000;

/**
 * The menus that a queue's jobs name, one job at a time, until none waits or is claimed. A job is kept while it is worked on,
 * removed when `onEnd` says that it is done, handed back as failed when it says why not, and handed back for anybody when the
 * reader stops. Its object must be as it was when the job was added.
 *
 * @param say Told of a queue that fails, and of jobs that cannot be used.
 * @throws {Error} The queue or the source cannot be opened; its jobs are not of menus.
 */
export async function openQueuedMenus(
  queue: QueueConfig & { readonly claimTimeoutSeconds: number },
  s3: S3Config,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<Menus> {
  await using opening = new AsyncDisposableStack();
  const fleet = await openJobQueue(queue);
  opening.defer(() => fleet.close());
  const url = `queue ${fleet.name} of ${fleet.url}`;
  const place = await fleet.place(signal);
  if (place === undefined) {
    const opened = opening.move();
    return {
      url,
      source: url,
      async *objects() {},
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  }
  if (place.destination !== undefined) {
    throw new SluiceError({
      kind: "input",
      action: "match the jobs of",
      subject: url,
      reason: `they are ${scopeText(place)}, for sluice work`,
    });
  }
  const store = await openSource({ url: place.source }, s3);
  opening.defer(() => store.close());
  const claims = await openClaims(queue, {
    place,
    visibilitySeconds: queue.claimTimeoutSeconds,
    waitSeconds,
  });
  opening.defer(() => claims.close());
  // What has ended is told to the queue even when all is being stopped.
  const always = new AbortController().signal;
  let hasClaimed = false;

  /** The next job; `undefined` where there is none to come. */
  async function next(signal: AbortSignal) {
    for (let attempt = 0;;) {
      try {
        const [message] = await claims.claim(1, signal);
        const isOver = message === undefined && await claims.remaining(signal) === 0;
        if (attempt > 0) say(`The queue answers again: ${fleet.url}`);
        attempt = 0;
        hasClaimed = true;
        if (message !== undefined || isOver) return message;
      } catch (error) {
        signal.throwIfAborted();
        if (!hasClaimed) throw error;
        if (attempt === 0) say(`${reasonOf(error)}; it is asked again and again until it answers`);
        await delay(Math.min(maxRetryMs, firstRetryMs * 2 ** attempt++), { signal });
      }
    }
  }

  const opened = opening.move();
  return {
    url,
    source: store.url,
    async *objects(signal) {
      for (let message; (message = await next(signal)) !== undefined;) {
        const lease = new Lease(claims, message, { onTrouble: say });
        let hasEnded = false;
        const onEnd = async (failure?: string) => {
          hasEnded = true;
          try {
            if (failure === undefined) await lease.complete(always);
            else await lease.fail(failure, always);
          } catch (error) {
            say(`${reasonOf(error)}; it comes again`);
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
          say(reason);
          await onEnd(reason);
        } finally {
          if (!hasEnded) await lease.abandon(always);
        }
      }
    },
    async isDone(signal) {
      const { failed } = await fleet.state(signal);
      if (failed === 0) return true;
      say(
        `Cannot finish all jobs of ${url}: ${count(failed)} have failed; sluice queue --queue-name ` +
          `${fleet.name} says why, sluice queue retry puts them back`,
      );
      return false;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
