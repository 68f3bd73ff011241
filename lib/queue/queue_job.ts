import * as v from "valibot";
import type { CsvChunk } from "../records/csv/csv_chunks.ts";

/**
 * What a job of the fleet is about: one object and where its output goes, or one object of menus or a chunk of it. Holds
 * no secret.
 */
export interface QueueJob {
  /** The source's URL, as {@linkcode Store.url} has it. */
  readonly source: string;
  /** The destination's. Absent for menus: whoever works on them says where their pairs go. */
  readonly destination?: string;
  /** The object's name in the source. */
  readonly name: string;
  /** Without quotes. */
  readonly etag: string;
  /** Size as stored, of the chunk where there is one. */
  readonly bytes: number;
  /** All of the object unless told. */
  readonly chunk?: CsvChunk;
}

/** Where the objects of a queue's jobs come from, and where their outputs go. URLs. */
export interface QueueScope {
  readonly source: string;
  /** Absent if the jobs are about menus: the worker decides where their matches go. */
  readonly destination?: string;
}

/** What jobs are about, for people: `from … to …`, or `of menus from …`. */
export function scopeText({ source, destination }: QueueScope): string {
  return destination === undefined ? `of menus from ${source}` : `from ${source} to ${destination}`;
}

const schema = v.object({
  source: v.string(),
  destination: v.optional(v.string()),
  name: v.pipe(v.string(), v.nonEmpty()),
  etag: v.string(),
  bytes: v.number(),
  chunk: v.optional(v.object({ start: v.number(), end: v.number(), firstLine: v.number() })),
});

/**
 * A job as a queue kept it.
 *
 * @param what Has this, for the error: `job 1 of redis://…`.
 * @throws {Error} It is something else.
 */
export function parseQueueJob(data: unknown, what: string): QueueJob {
  const { success, output, issues } = v.safeParse(schema, data);
  if (success) return output;
  throw new Error(`Cannot understand ${what}: ${v.getDotPath(issues[0]) ?? "it"}: ${issues[0].message}`);
}

/** A job's name to the queue: the same for the same object or chunk, as long as that is not changed. */
export async function queueJobId(
  { chunk, etag, name }: Pick<QueueJob, "name" | "etag" | "chunk">,
): Promise<string> {
  // With its end: after chunks of one length, some of which were added, those of another leave no gap.
  const stretch = chunk === undefined ? "" : `\n${chunk.start}-${chunk.end}`;
  const bytes = new TextEncoder().encode(`${name}\n${etag}${stretch}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, 16).toHex();
}
