import { ObjectCounts, type Reject } from "./batch.ts";
import type { CsvDelimiter } from "./csv/csv_delimiters.ts";
import { matchWindow } from "./match_object.ts";
import { BodyStream } from "./stages/body.ts";
import { CsvRowsStream } from "./stages/csv_rows.ts";
import { DecompressStream } from "./stages/decompress.ts";
import type { OpenedObject } from "./stores/open_object.ts";

export interface ReadTermsOptions {
  readonly termIdField: string;
  readonly termField: string;
  readonly delimiter: CsvDelimiter;
  readonly maxLineBytes: number;
  readonly maxExpansion: number;
  /** How long the source may be silent, in seconds. */
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
}

/** The terms of an object. */
export interface Terms {
  /** Term by id, in order. */
  readonly terms: ReadonlyMap<string, string>;
  /** What was set aside, in order; up to 1,000 of them are kept. */
  readonly rejects: readonly Reject[];
  readonly counts: ObjectCounts;
}

/** More terms are refused: they are all held in memory, about 1 kB each. */
export const maxTerms = 1_000_000;
/** Rejected terms that are kept. */
const maxKeptRejects = 1_000;

/**
 * Reads the terms of a CSV object. Of an id that comes again, the first term counts; the others are rejected, unless they
 * are the same.
 *
 * @throws {Error} The object cannot be read, has not the columns, or has too many terms.
 */
export async function readTerms({ store, object }: OpenedObject, options: ReadTermsOptions): Promise<Terms> {
  const { idleSeconds, maxExpansion, termField, termIdField } = options;
  // A body that is not wanted any more would take itself for broken, and begin anew.
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const address = store.url + object.name;
  const terms = new Map<string, string>();
  const rejects: Reject[] = [];
  const counts = new ObjectCounts();
  const keep = (reject: Reject) => {
    if (rejects.length < maxKeptRejects) rejects.push(reject);
  };
  try {
    const batches = new BodyStream({ store, object, counts, idleSeconds, signal })
      .pipeThrough(new DecompressStream({ codec: { gzip: false }, maxExpansion }))
      .pipeThrough(
        new CsvRowsStream({
          ...options,
          ...matchWindow,
          columns: [termIdField, termField],
          required: [termIdField],
          counts,
        }),
      );
    for await (const batch of batches) {
      for (const reject of batch.rejects) keep(reject);
      for (const { line, fields } of batch.rows) {
        const [id, term] = fields as [string, string];
        const known = terms.get(id);
        if (known !== undefined && known !== term) {
          const text = `${id}${options.delimiter}${term}`;
          keep({ line, reason: "duplicate_id", text, bytes: new TextEncoder().encode(text).length });
          counts.reject("duplicate_id");
          continue;
        }
        counts.out++;
        terms.set(id, term);
      }
      if (terms.size > maxTerms) throw new Error(`it has more than ${maxTerms} terms`);
    }
  } catch (error) {
    if (options.signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot read the terms in ${address}: ${
        why.replace(`Cannot read ${address}: `, "").replace("Cannot read CSV: ", "")
      }`,
      {
        cause: error,
      },
    );
  } finally {
    over.abort();
  }
  if (terms.size === 0) throw new Error(`Cannot read the terms in ${address}: there are none`);
  return { terms, rejects: rejects.sort((a, b) => a.line - b.line), counts };
}
