import { ObjectCounts } from "../../records/batch.ts";
import { csvChunks } from "../../records/csv/csv_chunks.ts";
import type { QueueJob } from "../../queue/queue_job.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import { delimiterOf } from "../../records/record_format.ts";
import { BodyStream } from "../../records/stages/body.ts";
import type { OpenedObject } from "../../stores/open_object.ts";
import { plural, tally } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { selectionOf } from "../open/selection_of.ts";
import type { EnqueueMenusTask, MatchConfig } from "./match_task.ts";
import { openJobQueue } from "../open/open_job_queue.ts";
import { menusError, openMenus } from "./open_menus.ts";

/** Jobs added at once. */
const maxBatch = 500;

/** What was enqueued, as `--json` prints it. */
interface EnqueuedMenus {
  readonly objects: { enqueued: number; failed: number };
  readonly jobs: { added: number; known: number; failed: number };
}

/**
 * Adds a job for each chunk of each object of menus; resolves to the exit status. Reads each object once; one that cannot be
 * read does not keep the others back. Holds a batch of jobs.
 */
export async function enqueueMenus(config: MatchConfig, task: EnqueueMenusTask, io: Io): Promise<number> {
  const { flags } = config;
  const { signal } = io;
  const say = (message: string) => io.stderr(`${message}\n`);
  const sums: EnqueuedMenus = {
    objects: { enqueued: 0, failed: 0 },
    jobs: { added: 0, known: 0, failed: 0 },
  };
  await using menus = await openMenus(task.from, selectionOf(flags), config.s3, signal);
  const queue = await openJobQueue(
    { url: task.queue, name: flags.queueName, ca: flags.queueCa },
    { tries: flags.tries, retrySeconds: flags.retryAfterSeconds },
  );
  try {
    await queue.settle({ source: menus.source }, signal);
    for await (const { name, opened } of menus.objects(signal)) {
      if (opened === undefined) continue;
      try {
        for await (const jobs of batches(chunkJobs(opened, config, signal))) {
          const { added, known, failed } = await queue.add(jobs, signal);
          sums.jobs.added += added;
          sums.jobs.known += known;
          sums.jobs.failed += failed;
        }
        sums.objects.enqueued++;
      } catch (error) {
        signal.throwIfAborted();
        sums.objects.failed++;
        const failure = menusError("enqueue", opened.store.url + name, error);
        say(failure.message);
        // The others would fail like it.
        if (failure.kind === "queue") break;
      }
    }
  } finally {
    await queue.close();
    io.stderr(enqueuedText(sums, queue));
    if (config.output.json) io.stdout(`${JSON.stringify(sums)}\n`);
  }
  return sums.objects.failed > 0 ? exitStatus.undone : exitStatus.done;
}

function enqueuedText({ jobs, objects }: EnqueuedMenus, { name, url }: JobQueue): string {
  const rest = tally([
    [jobs.known, "already queued"],
    [jobs.failed, `FAILED earlier (retry: sluice queue retry --queue-name ${name})`],
  ]);
  return `Added ${plural(jobs.added, "job")} to queue ${name} of ${url}, for ${
    plural(objects.enqueued, "object")
  }${rest && `; ${rest}`}\n`;
}

/** A job for each chunk of an object, or one for all of it where it is compressed. */
async function* chunkJobs(
  { object, store }: OpenedObject,
  { flags: { chunkBytes }, records: { csvDelimiter, maxLineBytes }, source }: MatchConfig,
  stop: AbortSignal,
): AsyncGenerator<QueueJob> {
  const { bytes, etag, name } = object;
  const whole: QueueJob = { source: store.url, name, etag, bytes };
  // A body that is not wanted any more would take itself for broken, and begin anew.
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  try {
    const body = new BodyStream({
      store,
      object,
      counts: new ObjectCounts(),
      idleSeconds: source.idleTimeoutSeconds,
      signal,
    });
    const reader = body.getReader();
    const { value: first } = await reader.read();
    reader.releaseLock();
    if (first === undefined) return;
    if (/\.gz$/i.test(name) || first[0] === gzipByte) return yield whole;
    const csv = ReadableStream.from(prepended(first, body));
    const reading = { chunkBytes, maxLineBytes, delimiter: delimiterOf[csvDelimiter] };
    for await (const chunk of csvChunks(csv, reading)) {
      yield { ...whole, bytes: chunk.end - chunk.start, chunk };
    }
  } finally {
    over.abort();
  }
}

/** What gzip begins with, and no text does. */
const gzipByte = 0x1f;

async function* prepended<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

async function* batches(jobs: AsyncIterable<QueueJob>): AsyncGenerator<QueueJob[]> {
  let batch: QueueJob[] = [];
  for await (const job of jobs) {
    if (batch.push(job) < maxBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
