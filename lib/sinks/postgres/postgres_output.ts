import type { Batch, Reject } from "../../records/batch.ts";
import { encodeLines } from "../../records/stages/encode.ts";
import type { Mark } from "../../stores/store.ts";
import type { Output, OutputUnit } from "../sink.ts";
import { CopyRows } from "./copy_rows.ts";
import type { Misfits } from "./judge_rows.ts";
import { jsonBatch } from "./json_batch.ts";
import type { PostgresTable } from "./postgres_table.ts";
import type { PostgresTransaction } from "./postgres_transaction.ts";
import { rejectRows } from "./reject_rows.ts";

export interface PostgresOutputOptions {
  readonly unit: OutputUnit;
  readonly transaction: PostgresTransaction;
  /** The table for records. If missing, it is created to fit the sample, JSON lines. */
  readonly table: (sample: () => Uint8Array) => Promise<PostgresTable>;
  /** Makes sure that the tables can be written. */
  readonly ready: () => Promise<void>;
  /** Called with values that did not fit their columns. */
  readonly onMisfits: (misfits: readonly Misfits[]) => void;
  /** Runs what may fail, so that the error says which object could not be written, and why. */
  readonly trying: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Rows that wait to be sent, at most, in bytes: an output of no more is sent as a whole, by a connection of few. */
const maxHeldBytes = 8 * 1024 ** 2;
/** Records that the columns of a new table are made from. */
const sampleRecords = 1_000;

/**
 * One object's rows and rejects on their way to the database. Buffers up to 8 MiB of rows and what a batch adds to them,
 * and once as much while that is being sent; before the table is known, up to 1,000 records or 8 MiB.
 */
export class PostgresOutput implements Output {
  readonly records: WritableStream<Batch>;
  readonly #options: PostgresOutputOptions;
  /** Batches that came before the table was known. */
  #sample: Batch[] = [];
  #sampleBytes = 0;
  #table: PostgresTable | undefined;
  #copy: CopyRows | undefined;
  #rows: Uint8Array<ArrayBuffer>[] = [];
  #rejects: Uint8Array<ArrayBuffer>[] = [];
  #heldBytes = 0;
  /** Settled when what was sent last has arrived. */
  #sending: Promise<void> = Promise.resolve();

  constructor(options: PostgresOutputOptions) {
    this.#options = options;
    this.records = new WritableStream({
      write: (batch) => this.#options.trying(() => this.#take(batch)),
      // All records are counted when the stream is closed.
      close: () =>
        this.#options.trying(async () => this.#sample.length > 0 ? await this.#begin() : undefined),
    });
  }

  ready(): Promise<void> {
    return this.#options.trying(this.#options.ready);
  }

  async reject(rejects: readonly Reject[]): Promise<void> {
    const rows = rejectRows(rejects);
    this.#rejects.push(rows);
    await this.#options.trying(() => this.#held(rows.length));
  }

  /** The sink says that it does not list what was skipped. */
  skip(): Promise<void> {
    return Promise.resolve();
  }

  async commit(mark: Mark): Promise<{ etag: string; bytes: number }> {
    const { transaction, trying } = this.#options;
    const etag = crypto.randomUUID();
    return await trying(async () => {
      await this.#sending;
      const table = this.#table, copy = this.#copy;
      await transaction.send({ table, rows: this.#rows, rejects: this.#rejects, isLast: true });
      const bytes = copy?.bytes ?? 0;
      const rows = table && copy && { table, used: copy.used, count: copy.rows };
      await transaction.commit({ etag, bytes, mark, rows });
      if (copy !== undefined && copy.misfits.length > 0) this.#options.onMisfits(copy.misfits);
      return { etag, bytes };
    });
  }

  async abort(): Promise<void> {
    await this.#options.transaction.abort();
    await this.#sending.catch(() => {}); // it has been reported, or no longer matters
  }

  async #take(batch: Batch): Promise<void> {
    if (batch.ends.length === 0) return;
    if (this.#copy !== undefined) return await this.#add(batch);
    this.#sample.push(batch);
    this.#sampleBytes += batch.text.length;
    const records = this.#sample.reduce((sum, { ends }) => sum + ends.length, 0);
    if (records >= sampleRecords || this.#sampleBytes >= maxHeldBytes) await this.#begin();
    else this.#notify();
  }

  /** Begins to make rows, and makes those of the batches so far. */
  async #begin(): Promise<void> {
    const { outputField, provenanceField } = this.#options.unit.recipe;
    this.#table = await this.#options.table(() => this.#sampleLines());
    this.#copy = new CopyRows({ ...this.#table, outputField, provenanceField });
    const sample = this.#sample;
    this.#sample = [];
    this.#sampleBytes = 0;
    for (const batch of sample) await this.#add(batch);
  }

  #sampleLines(): Uint8Array {
    const { outputField, provenanceField } = this.#options.unit.recipe;
    const lines = this.#sample.map((batch) => encodeLines(jsonBatch(batch), outputField, provenanceField));
    const all = new Uint8Array(lines.reduce((sum, { length }) => sum + length, 0));
    let filled = 0;
    for (const some of lines) {
      all.set(some, filled);
      filled += some.length;
    }
    return all;
  }

  async #add(batch: Batch): Promise<void> {
    const copy = this.#copy!;
    const before = copy.rows;
    let bytes = 0;
    for (const rows of copy.write(jsonBatch(batch, this.#table!.columns))) {
      this.#rows.push(rows);
      bytes += rows.length;
    }
    this.#options.unit.counts.out += copy.rows - before;
    // Given back now rather than when it is collected: batches that wait for the model are most of the memory.
    batch.text.buffer.transfer(0);
    await this.#held(bytes);
  }

  /** Sends what waits where it has become too much, beside what comes next. */
  async #held(bytes: number): Promise<void> {
    this.#heldBytes += bytes;
    while (this.#heldBytes >= maxHeldBytes) {
      const sending = this.#sending;
      await sending;
      if (sending !== this.#sending) continue; // rows and rejects come side by side: the other ones went first
      const sent = { table: this.#table, rows: this.#rows, rejects: this.#rejects, isLast: false };
      this.#rows = [];
      this.#rejects = [];
      this.#heldBytes = 0;
      this.#sending = this.#options.transaction.send(sent);
      this.#sending.catch(() => {}); // seen by the next one that waits for it
    }
    this.#notify();
  }

  #notify(): void {
    this.#options.unit.onBuffered?.(this.#heldBytes + this.#sampleBytes);
  }
}
