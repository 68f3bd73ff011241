import { SluiceError } from "../errors/sluice_error.ts";
import { objectError } from "../records/object_reader.ts";
import { plural } from "../text/format.ts";
import { ObjectCounts, type Reject } from "../records/batch.ts";
import { type MatchOptions, matchWindow } from "./match_object.ts";
import { checkUsableRecords } from "../records/max_rejects.ts";
import { readCsvRows } from "../records/read_records.ts";
import { BodyStream } from "../sources/body_stream.ts";
import type { OpenedObject } from "../stores/open_object.ts";

export interface ReadTermsOptions
  extends
    Pick<MatchOptions, "csvHeader" | "delimiter" | "maxExpansion" | "maxLineBytes" | "onNote" | "zstd"> {
  readonly termIdField: string;
  readonly termField: string;
  /** How long the source may be silent, in seconds. */
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
}

/** The terms of an object. */
export interface Terms {
  /** The object's address. */
  readonly address: string;
  /** The spellings of each term by its id, in order, each once. */
  readonly terms: ReadonlyMap<string, readonly string[]>;
  /** Spellings of all terms. */
  readonly spellings: number;
  /** Rejected rows, in order; up to 1,000 of them. */
  readonly rejects: readonly Reject[];
  readonly counts: ObjectCounts;
}

/** More spellings of terms are refused: they are all held in memory, about 1 kB each. */
export const maxTerms = 1_000_000;
/** So are more characters of ids and terms, in UTF-16 units. */
export const maxTermCharacters = 256 * 1024 ** 2;
/** So are more spellings of one term: the column of ids is another one. */
export const maxSpellings = 1_000;
/** Rejected terms that are kept. */
const maxKeptRejects = 1_000;

const action = "read the terms in";

/**
 * Reads the terms of a CSV object. Several rows of an id are several spellings of one term.
 *
 * @throws {SluiceError} The object cannot be read, lacks a column, has no terms, or too many or too long ones.
 */
export async function readTerms({ store, object }: OpenedObject, options: ReadTermsOptions): Promise<Terms> {
  const { idleSeconds, termField, termIdField } = options;
  // A body that is no longer read would otherwise see a broken connection, and resume it.
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const address = store.url + object.name;
  const terms = new Map<string, string[]>();
  let spellings = 0;
  const rejects: Reject[] = [];
  const counts = new ObjectCounts();
  let characters = 0;
  let head: Uint8Array | undefined;
  const keep = (reject: Reject) => {
    if (rejects.length < maxKeptRejects) rejects.push(reject);
  };
  try {
    const batches = readCsvRows(new BodyStream({ store, object, counts, idleSeconds, signal }), {
      ...options,
      ...matchWindow,
      columns: [termIdField, termField],
      required: [termIdField],
      delimiterFlag: "--terms-delimiter",
      counts,
      onHead: (bytes) => head = bytes,
      onNote: (note) => options.onNote?.(address, note),
    });
    for await (const batch of batches) {
      for (const reject of batch.rejects) keep(reject);
      for (const { fields } of batch.rows) {
        const [id, term] = fields as [string, string];
        counts.out++;
        const known = terms.get(id);
        if (known?.includes(term)) continue;
        if (known === undefined) terms.set(id, [term]);
        else if (known.length < maxSpellings) known.push(term);
        else {
          throw tooMany(
            `${plural(maxSpellings, "spelling")} of the term with the id ${JSON.stringify(id)}: ` +
              `set --term-id-field, if ${JSON.stringify(termIdField)} is not the column of ids`,
          );
        }
        spellings++;
        characters += id.length + term.length;
      }
      if (characters > maxTermCharacters) {
        throw tooMany(plural(maxTermCharacters, "character"));
      }
      if (spellings > maxTerms) throw tooMany(plural(maxTerms, "term"));
    }
    checkUsableRecords(counts, { format: "csv", head });
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw objectError(address, error, action);
  } finally {
    over.abort();
  }
  if (terms.size === 0) {
    throw new SluiceError({ kind: "data", action, subject: address, reason: "it has none" });
  }
  return { address, terms, spellings, rejects: rejects.sort((a, b) => a.line - b.line), counts };
}

function tooMany(what: string): SluiceError {
  return new SluiceError({ kind: "limit", action, reason: `there are more than ${what}` });
}
