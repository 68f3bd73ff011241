import type { QueueJob } from "../../queue/queue_job.ts";
import type { AddedJobs, JobQueue } from "../../queue/job_queue.ts";
import { type Planned, planObjects, type PlanOptions } from "../../jobs/plan.ts";
import { isSelection, SkippedObjects, skipText, unusableName } from "../../jobs/skipped_objects.ts";
import type { SkippedObject } from "../../stores/skipped_object.ts";
import { recipeFingerprint } from "../../recipe/recipe.ts";
import { reasonOf } from "../../errors/sluice_error.ts";
import type { Config, Taking } from "../settings/sections.ts";
import { openLedger } from "../../jobs/open_ledger.ts";
import { retry } from "../../retry/retry.ts";
import { retryPolicies } from "../../retry/retry_policies.ts";
import { plural, tally } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { ListingFeed } from "../../watch/listing_feed.ts";
import { tellIfEmpty } from "../nothing_to_do.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { openJobQueue, type QueueConfig } from "../open/open_job_queue.ts";
import { type DestinationConfig, openConfiguredSource, openDestination } from "../open/open_parts.ts";
import { type RecipeConfig, recipeOf } from "../open/recipe_of.ts";
import { selectionOf } from "../open/selection_of.ts";

/** Jobs added at once, and how long the first of them waits for others, in milliseconds. */
const maxBatch = 500, batchMs = 250;
/** How often it is said how far it is, in milliseconds. */
const progressMs = 5_000;

/** What was enqueued, as `--json` prints it. */
interface Enqueued {
  /** Objects that were listed and are record files. */
  objects: number;
  /** Were done already. */
  skipped: number;
  added: number;
  known: number;
  failed: number;
}

/** The settings of `enqueue`. */
export interface EnqueueConfig extends DestinationConfig, RecipeConfig {
  readonly source: Taking<"source", "url">;
  readonly job: Pick<Config["job"], "ledger">;
  readonly records: Pick<Config["records"], "format">;
  readonly watch: Pick<Config["watch"], "everySeconds">;
  readonly queue: QueueConfig & Pick<Config["queue"], "follow" | "tries" | "retryAfterSeconds">;
  readonly output: Pick<Config["output"], "allowEmpty" | "json" | "quiet">;
}

/** Adds a job for each object that is not processed yet; with `--follow`, until it is stopped. Resolves to the exit status. */
export async function enqueue(config: EnqueueConfig, io: Io): Promise<number> {
  const { follow, retryAfterSeconds, tries } = config.queue;
  const tell: Tell = (message) => io.stderr(`${message}\n`);
  await using parts = new AsyncDisposableStack();
  const keep = <T extends { close(): unknown }>(part: T): T => {
    parts.defer(() => void part.close());
    return part;
  };
  const source = keep(await openConfiguredSource(config.source, config.s3, config.destination));
  const destination = keep(await openDestination(config));
  const queue = await openJobQueue(config.queue, { tries, retrySeconds: retryAfterSeconds });
  parts.defer(() => queue.close());
  const place = { source: source.url, destination: destination.url };
  const ledger = destination.abilities.marksCostRequests
    ? keep(openLedger(config.job.ledger, tell))
    : undefined;
  const found = { found: 0, ignored: 0 }, skipped = new SkippedObjects();
  let unusable = 0;
  const onSkipped = (one: SkippedObject) => {
    found.found++;
    if (one.reason === "name_not_utf8") {
      unusable++;
      return tell(unusableName(source.url, one).message);
    }
    found.ignored++;
    skipped.add(one);
    if (follow && !isSelection(one.reason)) tell(`Skipped ${one.name}: ${skipText(one)}`);
  };
  const plan: Omit<PlanOptions, "signal"> = {
    ...selectionOf(config.source),
    format: config.records.format,
    source,
    destination,
    ledger,
    onSkipped,
    force: false,
    fingerprint: await recipeFingerprint(recipeOf(config)),
  };
  const sums: Enqueued = { objects: 0, skipped: 0, added: 0, known: 0, failed: 0 };
  let isListed = false;
  const progress = config.output.quiet ? undefined : setInterval(() => {
    tell(`${plural(sums.objects, "object")}, ${plural(sums.added, "job")} added`);
  }, progressMs);
  try {
    // A process that follows is about to add jobs for as long as it runs: nobody waits for that.
    await using _ = follow ? undefined : await queue.fill(io.signal);
    await queue.settle(place, io.signal);
    const local = [source, destination].filter(({ abilities }) => !abilities.isOnNetwork);
    if (local.length > 0) {
      tell(`All workers must see ${local.map(({ url }) => url).join(" and ")} at the same path`);
    }
    const planned = follow
      ? new ListingFeed({ ...plan, everyMs: config.watch.everySeconds * 1000, onTrouble: tell }).objects(
        io.signal,
      )
      : planObjects({ ...plan, signal: io.signal });
    for await (const batch of batches(planned)) {
      const jobs: QueueJob[] = [];
      for (const one of batch) {
        if (one.todo === "ignore") {
          onSkipped({ name: one.object.name, reason: one.reason });
          continue;
        }
        found.found++;
        sums.objects++;
        if (one.todo === "skip") sums.skipped++;
        else {
          const { name, etag, bytes } = one.object;
          jobs.push({ ...place, name, etag, bytes });
        }
      }
      const { added, known, failed } = await add(queue, jobs, follow, tell, io.signal);
      sums.added += added;
      sums.known += known;
      sums.failed += failed;
      // Looked for again later, and less and less often: it may be dropped from the queue without being done.
      for (const one of batch) if (one.todo === "process") one.onEnd?.("failed");
    }
    isListed = true;
  } catch (error) {
    if (!io.signal.aborted) throw error;
  } finally {
    clearInterval(progress);
    if (isListed || sums.objects > 0) {
      const rest = `${skipped}`;
      tell(enqueuedText(sums, queue) + (rest && `; ${rest}`));
    }
    if (config.output.json) {
      io.stdout(`${JSON.stringify({ ...sums, skippedObjects: skipped.summary() })}\n`);
    }
  }
  if (io.signal.aborted && !follow || unusable > 0) return exitStatus.undone;
  const isEmpty = isListed && !io.signal.aborted &&
    await tellIfEmpty(source, found, { skipped, say: tell, signal: io.signal });
  return isEmpty && !config.output.allowEmpty ? exitStatus.empty : exitStatus.done;
}

/** Adds jobs; if that fails while following, it is retried until it succeeds. */
async function add(
  queue: JobQueue,
  jobs: readonly QueueJob[],
  isFollowing: boolean,
  tell: Tell,
  signal: AbortSignal,
): Promise<AddedJobs> {
  let hasFailed = false;
  const added = await retry(retryPolicies.queueAdd, () => queue.add(jobs, signal), {
    signal,
    isRetriable: () => isFollowing,
    onRetry(error) {
      if (!hasFailed) tell(`${reasonOf(error)}; retrying until it answers`);
      hasFailed = true;
    },
  });
  if (hasFailed) tell(`The queue answers again: ${queue.url}`);
  return added;
}

/** Objects in batches of what comes close together: not more than `maxBatch`, none later than `batchMs` after it came. */
async function* batches(planned: AsyncGenerator<Planned>): AsyncGenerator<Planned[]> {
  let batch: Planned[] = [], dueMs = Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (let next = planned.next();;) {
      const due = batch.length === 0 ? undefined : new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), Math.max(0, dueMs - performance.now()));
      });
      const result = await (due === undefined ? next : Promise.race([next, due]));
      clearTimeout(timer);
      if (result !== undefined && !result.done) {
        if (batch.length === 0) dueMs = performance.now() + batchMs;
        batch.push(result.value);
        next = planned.next();
        next.catch(() => {}); // seen when it is waited for
      }
      if (batch.length > 0 && (result === undefined || result.done || batch.length >= maxBatch)) {
        yield batch;
        batch = [];
      }
      if (result?.done) return;
    }
  } finally {
    clearTimeout(timer);
  }
}

function enqueuedText(
  { added, failed, known, skipped }: Enqueued,
  { name, url }: JobQueue,
): string {
  const rest = tally([
    [known, "already queued"],
    [failed, "FAILED earlier (retry: sluice queue retry)"],
    [skipped, "already done"],
  ]);
  return `Added ${plural(added, "job")} to queue ${name} of ${url}` + (rest === "" ? "" : `; ${rest}`);
}
