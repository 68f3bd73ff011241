import * as v from "valibot";
import { SluiceError } from "../errors/sluice_error.ts";
import { schemaProblem } from "../text/schema_problem.ts";
import type { CsvChunk } from "../records/csv/csv_chunks.ts";

/** A job of a queue: one object and where its output goes, or one object of menus or a chunk of it. Holds no secret. */
export interface QueueJob {
  /** The source's URL, as {@linkcode Store.url} has it. */
  readonly source: string;
  /** The destination's URL. Absent for menus: the worker decides where their matches go. */
  readonly destination?: string;
  /** The object's name in the source. */
  readonly name: string;
  /** Without quotes. */
  readonly etag: string;
  /** Size as stored; of the chunk, if there is one. */
  readonly bytes: number;
  /** Defaults to the whole object. */
  readonly chunk?: CsvChunk;
}

/** Where the objects of a queue's jobs come from, and where their outputs go. URLs. */
export interface QueueScope {
  readonly source: string;
  /** Absent if the jobs are about menus: the worker decides where their matches go. */
  readonly destination?: string;
}

/** What jobs are about, as text: `from … to …`, or `of menus from …`. */
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
 * Reads a job as a queue kept it.
 *
 * @param what Has this, for the error: `job 1 of redis://…`.
 * @throws {SluiceError} `data`: it is not a job.
 */
export function parseQueueJob(data: unknown, what: string): QueueJob {
  const { success, output, issues } = v.safeParse(schema, data);
  if (success) return output;
  throw new SluiceError({
    kind: "data",
    action: "understand",
    subject: what,
    reason: schemaProblem(issues[0]),
  });
}

/** A job's name in the queue: the same for the same object or chunk, as long as that does not change. */
export async function queueJobId(
  { chunk, etag, name }: Pick<QueueJob, "name" | "etag" | "chunk">,
): Promise<string> {
  // With its end: if some chunks of one length were added, those of another length leave no gap.
  const range = chunk === undefined ? "" : `\n${chunk.start}-${chunk.end}`;
  const bytes = new TextEncoder().encode(`${name}\n${etag}${range}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, 16).toHex();
}
