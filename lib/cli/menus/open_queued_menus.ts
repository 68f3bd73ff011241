import { SluiceError } from "../../errors/sluice_error.ts";
import type { Menus } from "../../menus/menus.ts";
import { scopeText } from "../../queue/queue_job.ts";
import { queuedMenus } from "../../queue/queued_menus.ts";
import { openStore } from "../../stores/open_store.ts";
import { openClaims, openJobQueue, type QueueConfig } from "../open/open_job_queue.ts";
import type { S3Config } from "../open/open_parts.ts";

/** How long a claim waits for a job before checking whether all are done, in seconds. */
const waitSeconds = 1;

/**
 * Opens the menus that a queue's jobs name, as {@linkcode queuedMenus} gives them.
 *
 * @param onTrouble Called when the queue fails, and for jobs that cannot be used.
 * @throws {SluiceError} The queue or the source cannot be opened; or its jobs are not about menus.
 */
export async function openQueuedMenus(
  queue: QueueConfig & { readonly claimTimeoutSeconds: number },
  s3: S3Config,
  onTrouble: (message: string) => void,
  signal: AbortSignal,
): Promise<Menus> {
  await using opening = new AsyncDisposableStack();
  const jobs = await openJobQueue(queue);
  opening.defer(() => jobs.close());
  const url = `queue ${jobs.name} of ${jobs.url}`;
  const place = await jobs.place(signal);
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
  const store = await openStore(place.source, { role: "source", ...s3 });
  opening.defer(() => store.close());
  const claims = await openClaims(queue, {
    place,
    visibilitySeconds: queue.claimTimeoutSeconds,
    waitSeconds,
  });
  opening.defer(() => claims.close());
  const opened = opening.move();
  return {
    url,
    source: store.url,
    ...queuedMenus({ queue: jobs, claims, store, onTrouble }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
