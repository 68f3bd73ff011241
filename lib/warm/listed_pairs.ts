import { SluiceError } from "../errors/sluice_error.ts";
import type { Reject } from "../records/batch.ts";
import { objectError } from "../records/object_reader.ts";
import { checkUsableRecords, type MaxRejects } from "../records/max_rejects.ts";
import { readRecords, type ReadRecordsOptions } from "../records/read_records.ts";
import { plural } from "../text/format.ts";

export interface ListedPairsOptions extends ReadRecordsOptions {
  /** Pairs held at once, at most. */
  readonly maxPairs: number;
  readonly onRejects: (rejects: readonly Reject[]) => void;
  /** What holds no usable record at all fails, unless all may be rejects. */
  readonly maxRejects?: MaxRejects;
  readonly signal: AbortSignal;
}

/**
 * The distinct pairs of a file, in its order.
 *
 * @param path For errors.
 * @throws {SluiceError} The file cannot be read; `limit`: it has more than `maxPairs`.
 */
export async function listedPairs(
  path: string,
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  { maxPairs, maxRejects, onRejects, signal, ...options }: ListedPairsOptions,
): Promise<string[]> {
  const keys = new Set<string>();
  let head: Uint8Array | undefined;
  try {
    const stoppable = bytes.pipeThrough(new TransformStream(), { signal });
    for await (const batch of readRecords(stoppable, { ...options, onHead: (bytes) => head = bytes })) {
      onRejects(batch.rejects);
      for (const key of batch.keys) keys.add(key);
      if (keys.size <= maxPairs) continue;
      throw new SluiceError({
        kind: "limit",
        action: "read",
        reason: `it has more than ${plural(maxPairs, "pair")} (maxPairs)`,
      });
    }
    checkUsableRecords(options.counts, { ...options, format: options.format ?? "jsonl", head, maxRejects });
  } catch (error) {
    signal.throwIfAborted();
    throw objectError(path, error);
  }
  return [...keys];
}
