import { readTextLines } from "../records/read_records.ts";
import type { TextLine } from "../records/stages/text_lines.ts";
import type { Zstd } from "../records/stages/decompress.ts";
import { ObjectChangedError, ObjectGoneError, type Store, type StoredObject } from "../stores/store.ts";

/** A line holds at most 64 KiB of a record, which JSON may write with six bytes each, and its object's address. */
const maxLineBytes = 1024 ** 2;
const maxExpansion = 1_000;
/** How often a file is read that is replaced meanwhile. */
const maxReads = 3;

export interface ReadLinesBesideOptions {
  /** Undoes zstd; without it, zstd is an error. */
  readonly zstd?: Zstd;
  readonly signal: AbortSignal;
}

/**
 * Reads the lines of a file beside an output, as that of its rejects, compressed or not; once more from the start if
 * the file is replaced meanwhile.
 *
 * @param take Gets the lines, and the file as it is; it need not read to the end.
 * @returns What `take` makes of them; undefined if there is no such file.
 */
export async function readLinesBeside<T>(
  store: Pick<Store, "head" | "read">,
  name: string,
  take: (lines: ReadableStream<TextLine[]>, file: StoredObject) => Promise<T>,
  { signal, zstd }: ReadLinesBesideOptions,
): Promise<T | undefined> {
  for (let read = 1;; read++) {
    const file = await store.head(name, signal);
    if (file === undefined) return undefined;
    try {
      const bytes = await store.read(file, 0, signal);
      return await take(readTextLines(bytes, { maxExpansion, maxLineBytes, zstd }), file);
    } catch (error) {
      const isOther = error instanceof ObjectGoneError || error instanceof ObjectChangedError;
      if (!isOther || read === maxReads) throw error;
    }
  }
}
