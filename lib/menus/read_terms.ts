import { SluiceError } from "../errors/sluice_error.ts";
import { objectError } from "../records/object_reader.ts";
import { plural } from "../text/format.ts";
import { ObjectCounts, type Reject } from "../records/batch.ts";
import type { CsvDelimiter } from "../records/csv/csv_delimiters.ts";
import { matchWindow } from "./match_object.ts";
import { readCsvRows } from "../records/read_records.ts";
import { cutBytes } from "../records/rejects.ts";
import { BodyStream } from "../sources/body_stream.ts";
import type { OpenedObject } from "../stores/open_object.ts";

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
  /** The object's address. */
  readonly address: string;
  /** Term by id, in order. */
  readonly terms: ReadonlyMap<string, string>;
  /** Rejected rows, in order; up to 1,000 of them. */
  readonly rejects: readonly Reject[];
  readonly counts: ObjectCounts;
}

/** More terms are refused: they are all held in memory, about 1 kB each. */
export const maxTerms = 1_000_000;
/** So are more characters of ids and terms, in UTF-16 units. */
export const maxTermCharacters = 256 * 1024 ** 2;
/** Rejected terms that are kept. */
const maxKeptRejects = 1_000;

const action = "read the terms in";
const encoder = new TextEncoder();

/**
 * Reads the terms of a CSV object. If an id occurs more than once, its first term counts; terms that differ from it are
 * rejected.
 *
 * @throws {SluiceError} The object cannot be read, lacks a column, has no terms, or too many or too long ones.
 */
export async function readTerms({ store, object }: OpenedObject, options: ReadTermsOptions): Promise<Terms> {
  const { idleSeconds, termField, termIdField } = options;
  // A body that is no longer read would otherwise see a broken connection, and resume it.
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const address = store.url + object.name;
  const terms = new Map<string, string>();
  const rejects: Reject[] = [];
  const counts = new ObjectCounts();
  let characters = 0;
  const keep = (reject: Reject) => {
    if (rejects.length < maxKeptRejects) rejects.push(reject);
  };
  try {
    const batches = readCsvRows(new BodyStream({ store, object, counts, idleSeconds, signal }), {
      ...options,
      ...matchWindow,
      columns: [termIdField, termField],
      required: [termIdField],
      counts,
    });
    for await (const batch of batches) {
      for (const reject of batch.rejects) keep(reject);
      for (const { line, fields } of batch.rows) {
        const [id, term] = fields as [string, string];
        const known = terms.get(id);
        if (known !== undefined && known !== term) {
          const row = encoder.encode(`${id}${options.delimiter}${term}`);
          keep({ line, reason: "duplicate_id", text: cutBytes(row).slice(), bytes: row.length });
          counts.reject("duplicate_id");
          continue;
        }
        counts.out++;
        if (known !== undefined) continue;
        terms.set(id, term);
        characters += id.length + term.length;
      }
      if (characters > maxTermCharacters) {
        throw tooMany(plural(maxTermCharacters, "character"));
      }
      if (terms.size > maxTerms) throw tooMany(plural(maxTerms, "term"));
    }
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw objectError(address, error, action);
  } finally {
    over.abort();
  }
  if (terms.size === 0) {
    throw new SluiceError({ kind: "data", action, subject: address, reason: "it has none" });
  }
  return { address, terms, rejects: rejects.sort((a, b) => a.line - b.line), counts };
}

function tooMany(what: string): SluiceError {
  return new SluiceError({ kind: "limit", action, reason: `there are more than ${what}` });
}
