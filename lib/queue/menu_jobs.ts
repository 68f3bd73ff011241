import { ObjectCounts } from "../records/batch.ts";
import { byteForm, isBinary } from "../records/forms/byte_form.ts";
import { csvChunks, type CsvChunksOptions } from "../records/csv/csv_chunks.ts";
import { BodyStream } from "../sources/body_stream.ts";
import type { OpenedObject } from "../stores/open_object.ts";
import type { QueueJob } from "./queue_job.ts";

export interface MenuJobsOptions extends CsvChunksOptions {
  /** How long the source may be silent, in seconds. */
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
}

/** Jobs in a batch. */
const maxBatch = 500;
/**
 * A job for each chunk of an object of menus, or one for all of it if it is compressed or UTF-16; in batches. Reads the object once,
 * and holds a batch.
 */
export async function* menuJobs(opened: OpenedObject, options: MenuJobsOptions): AsyncGenerator<QueueJob[]> {
  let batch: QueueJob[] = [];
  for await (const job of chunkJobs(opened, options)) {
    if (batch.push(job) < maxBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* chunkJobs(
  { object, store }: OpenedObject,
  { idleSeconds, signal: stop, ...reading }: MenuJobsOptions,
): AsyncGenerator<QueueJob> {
  const { bytes, etag, name } = object;
  const whole: QueueJob = { source: store.url, name, etag, bytes };
  // A body that is no longer read would otherwise see a broken connection, and resume it.
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  try {
    const body = new BodyStream({
      store,
      object,
      counts: new ObjectCounts(),
      idleSeconds,
      signal,
    });
    const reader = body.getReader();
    const { value: first } = await reader.read();
    reader.releaseLock();
    if (first === undefined) return;
    // Its bytes are not those of the text.
    const form = byteForm(first);
    if (/\.(?:gz|zst)$/i.test(name) || form === "utf16" || (form !== undefined && isBinary(form))) {
      return yield whole;
    }
    const csv = ReadableStream.from(prepended(first, body));
    for await (const chunk of csvChunks(csv, reading)) {
      yield { ...whole, bytes: chunk.end - chunk.start, chunk };
    }
  } finally {
    over.abort();
  }
}

async function* prepended<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}
