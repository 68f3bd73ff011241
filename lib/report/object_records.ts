import { SluiceError } from "../errors/sluice_error.ts";
import { ObjectCounts } from "../records/batch.ts";
import type { CsvDelimiter } from "../records/csv/csv_delimiters.ts";
import { type Selection, skipReasonOf } from "../jobs/plan.ts";
import { SkippedObjects, unusableName } from "../jobs/skipped_objects.ts";
import type { SkippedObject } from "../stores/skipped_object.ts";
import { eachObject, objectError } from "../records/object_reader.ts";
import { readCsvRows, readTextLines } from "../records/read_records.ts";
import type { Zstd } from "../records/stages/decompress.ts";
import { NotRecordsError } from "../records/not_records_error.ts";
import { type CsvHeaderMatch, formatOf, isCandidate } from "../records/record_format.ts";
import { BodyStream } from "../sources/body_stream.ts";
import type { Store, StoredObject } from "../stores/store.ts";
import { plural } from "../text/format.ts";
import type { GroupTable } from "./group_table.ts";
import { groupName, isInexact, type JsonObject, parseExactly, recordField } from "./record_field.ts";
import { SeenFields } from "./seen_fields.ts";
import type { ReadIntoOptions, RecordSource } from "./record_source.ts";

export interface ObjectRecordsOptions extends Selection {
  /** Closed with the source. */
  readonly store: Store;
  /** How long a connection may be silent before it counts as broken, in seconds. */
  readonly idleSeconds: number;
  /** What separates the fields of CSV. Defaults to `,`. */
  readonly delimiter?: CsvDelimiter;
  readonly csvHeader?: CsvHeaderMatch;
  /** Longer lines are not records. */
  readonly maxLineBytes: number;
  /** How many times its size gzip or zstd may expand to. */
  readonly maxExpansion: number;
  /** Undoes zstd; without it, zstd is an error. */
  readonly zstd?: Zstd;
}

/** Objects that are read at once: while one waits for bytes, others are parsed. */
const maxObjectsInFlight = 4;

/** Rows of CSV that are counted at once, and their size in bytes. */
const csvWindow = { windowRecords: 1_000, windowBytes: 1024 ** 2 } as const;

/**
 * The records of a store's objects, as `sluice run` writes them: JSON lines or CSV, plain or gzip. Of CSV, fields are
 * columns, and an empty one is a missing value. Holds a chunk of each object, or a thousand rows.
 */
export class ObjectRecords implements RecordSource {
  readonly url: string;
  readonly #options: ObjectRecordsOptions;
  #table: GroupTable | undefined;
  #fields = new SeenFields([]);
  readonly skipped = new SkippedObjects({ what: "record file", flag: "--from-format jsonl" });
  #wanted = 0;
  #done = 0;
  #lines = 0;

  constructor(options: ObjectRecordsOptions) {
    this.url = options.store.url;
    this.#options = options;
  }

  get progress(): readonly string[] {
    return [
      plural(this.#done, "object"),
      plural(this.#lines, "record"),
      plural(this.#table?.size ?? 0, "group"),
    ];
  }

  /**
   * Adds all records to the table, from several objects side by side.
   *
   * @throws {SluiceError} There is no object or record to report on, or an object cannot be read completely.
   */
  async readInto(table: GroupTable, { field, signal }: ReadIntoOptions): Promise<void> {
    this.#table = table;
    this.#fields = new SeenFields(table.by);
    await eachObject(this.#list(signal), { objects: maxObjectsInFlight, signal }, async (object, signal) => {
      await this.#read(object, table, field, signal);
      this.#done++;
    });
    this.#requireRecords(table, field);
  }

  missingFields(table: GroupTable): Promise<string | undefined> {
    return Promise.resolve(this.#fields.missingText(table.records));
  }

  close(): Promise<void> {
    return this.#options.store.close();
  }

  async *#list(signal: AbortSignal): AsyncGenerator<StoredObject> {
    const skipReason = skipReasonOf(this.#options);
    const onSkipped = (skipped: SkippedObject) => this.#skip(skipped);
    for await (const page of this.#options.store.list(signal, { anyOrder: true, onSkipped })) {
      for (const object of page) {
        const reason = skipReason(object);
        if (reason === undefined) {
          this.#wanted++;
          yield object;
        } else this.#skip({ name: object.name, reason });
      }
    }
  }

  /** @throws {SluiceError} It is not the user's choice that it is left out. */
  #skip(skipped: SkippedObject): void {
    if (skipped.reason === "name_not_utf8") throw unusableName(this.url, skipped);
    this.skipped.add(skipped);
  }

  async #read(object: StoredObject, table: GroupTable, field: string, signal: AbortSignal): Promise<void> {
    const { idleSeconds, store } = this.#options;
    const bytes = new BodyStream({ store, object, counts: new ObjectCounts(), idleSeconds, signal });
    try {
      if (formatOf(object.name, this.#options.format) === "csv") await this.#addRows(bytes, table, field);
      else await this.#addLines(bytes, table, field, isCandidate(object.name, this.#options.format));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NotRecordsError) {
        this.#wanted--;
        return this.#skip({ name: object.name, reason: "not_records" });
      }
      throw objectError(store.url + object.name, error);
    }
  }

  async #addLines(
    bytes: BodyStream,
    table: GroupTable,
    field: string,
    isCandidate: boolean,
  ): Promise<void> {
    const add = lineAdder(table, field, this.#fields);
    for await (const lines of readTextLines(bytes, { ...this.#options, isCandidate })) {
      for (const line of lines) {
        if (typeof line === "string") this.#lines += add(line);
        else table.unreadable++;
      }
    }
  }

  async #addRows(bytes: BodyStream, table: GroupTable, field: string): Promise<void> {
    const columns = [...table.by, field];
    const batches = readCsvRows(bytes, {
      ...this.#options,
      ...csvWindow,
      columns,
      counts: new ObjectCounts(),
    });
    for await (const { rows, rejects } of batches) {
      this.#fields.seeAll(); // its columns are there
      for (const { fields } of rows) {
        const values = fields.map((value) => value === "" ? undefined : value);
        const level = values.pop();
        table.add(values, level !== undefined && /^[1-9]\d*$/.test(level) ? Number(level) : level);
      }
      this.#lines += rows.length;
      table.unreadable += rejects.length;
    }
  }

  #requireRecords(table: GroupTable, field: string): void {
    if (table.records > 0) return;
    const { withoutLevel, otherLevel, unreadable } = table;
    const records = withoutLevel + otherLevel;
    const reason = this.#wanted === 0
      ? this.skipped.total === 0 ? "there are no objects" : `there are no record files: ${this.skipped}`
      : records > 0
      ? `of ${plural(records, "record")}, none has a level from 1 to 7 in the field ${
        JSON.stringify(field)
      } ${this.#fields.found}; ` +
        `--from must name an output of sluice run, and --field its level`
      : unreadable > 0
      ? `of ${plural(unreadable, "line")}, none is a record: a JSON object, or a row of CSV`
      : "its objects are empty";
    const kind = this.#wanted === 0 ? "empty" : "data";
    throw new SluiceError({ kind, action: "report on", subject: this.url, reason });
  }
}

/** Makes the function that counts one line; it returns how many records the line is. */
function lineAdder(table: GroupTable, field: string, seen: SeenFields): (line: string) => 0 | 1 {
  const level = recordField(field);
  const fields = table.by.map(recordField);
  const names: (string | undefined)[] = [];
  return (line) => {
    let record: JsonObject | undefined;
    try {
      record = parseObject(line);
      if (record === undefined) return 0;
      seen.look(record);
      for (let i = 0; i < fields.length; i++) {
        let value = fields[i]!(record);
        if (value !== undefined) seen.see(i);
        if (isInexact(value)) value = fields[i]!(parseExactly(line));
        names[i] = groupName(value);
      }
    } catch {
      table.unreadable++;
      return 0;
    }
    table.add(names, level(record));
    return 1;
  };
}

/** The object that a line holds; `undefined` where the line is blank. */
function parseObject(line: string): JsonObject | undefined {
  if (/^\s*$/.test(line)) return undefined;
  const value: unknown = JSON.parse(line);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new SyntaxError();
}
