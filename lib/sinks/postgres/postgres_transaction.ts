import { CopyRows } from "./copy_rows.ts";
import { inflateParts } from "./inflate_parts.ts";
import type { PostgresLink, StatementOptions } from "./postgres_link.ts";
import { PostgresParts } from "./postgres_parts.ts";
import { type PostgresNames, type PostgresTable, quoted } from "./postgres_table.ts";
import { RejectRows } from "./reject_rows.ts";
import { ConditionFailedError, type WriteOptions } from "../../stores/store.ts";

export interface PostgresTransactionOptions {
  readonly names: PostgresNames;
  /** Names of the columns that tell records apart. */
  readonly key: readonly string[];
  /** Resolves to a connection that nobody else uses. */
  readonly connect: () => Promise<PostgresLink>;
  /** Given a connection back; one that has failed is closed. */
  readonly release: (link: PostgresLink, isGood: boolean) => Promise<void>;
  /** The table for records, made from a sample of them where it is not there. */
  readonly table: (sample: Uint8Array) => Promise<PostgresTable>;
}

/** What is sent of an object: its records, or its rejects. */
export type PostgresContent = "rows" | "rejects";

/** How long the server may work on the rows of one object, or wait for others that write the same, in seconds. */
const mergeTimeoutSeconds = 3_600;

/**
 * One object on its way into the database: a transaction that takes its records and its rejects into temporary tables as
 * they come, and from there into the real ones when both are complete. Parts are sent one after the other, in the order
 * of their numbers. Buffers what one slice of a part expands to, and a chunk of rows.
 */
export class PostgresTransaction {
  readonly #name: string;
  readonly #options: PostgresTransactionOptions;
  /** What has been begun. */
  readonly claimed = new Set<PostgresContent>();
  #link: PostgresLink | undefined;
  #connecting: Promise<PostgresLink> | undefined;
  #ended = false;
  /** Settled when what was asked for last is done: a connection does one thing at a time. */
  #tail: Promise<unknown> = Promise.resolve();
  #rows: { readonly copy: CopyRows; readonly table: PostgresTable } | undefined;
  /** Bytes before the table is known: the beginning of a first line. */
  #sample: Uint8Array = new Uint8Array(0);
  #rejects: RejectRows | undefined;
  #rejectsComplete = false;

  constructor(name: string, options: PostgresTransactionOptions) {
    this.#name = name;
    this.#options = options;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** Begins the records or the rejects; returns what takes their parts. */
  content(content: PostgresContent, { contentEncoding }: WriteOptions): PostgresParts {
    this.claimed.add(content);
    const expand = contentEncoding === "gzip" ? inflateParts() : (bytes: Uint8Array) => [bytes];
    return new PostgresParts((bytes, signal) =>
      this.#inTurn(async () => {
        if (content === "rows") await this.#sendRows(expand(bytes), { signal }, false);
        else await this.#sendRejects(expand(bytes), { signal });
      })
    );
  }

  /** The rejects have all come. */
  rejectsAreComplete(): void {
    this.#rejectsComplete = true;
  }

  /**
   * Puts all into the real tables, and makes it visible.
   *
   * @throws {ConditionFailedError} The object is not what the condition says.
   */
  async complete(etag: string, bytes: number, options: WriteOptions, signal: AbortSignal): Promise<void> {
    await this.#inTurn(async () => {
      if (this.claimed.has("rejects") && !this.#rejectsComplete) throw new Error("its rejects were given up");
      await this.#sendRows([], { signal }, true);
      const link = await this.#begun({ signal });
      const rows = this.#rows?.copy.rows ?? 0;
      const merging = { signal, timeoutSeconds: mergeTimeoutSeconds };
      await this.#writeLedger(link, etag, rows, bytes, options, merging);
      await this.#merge(link, merging);
      await link.query("commit", [], merging);
      await this.#release(true);
    });
  }

  /** Takes all back. Never throws. */
  async abort(): Promise<void> {
    this.#ended = true;
    await this.#release(false);
    await this.#tail;
    await this.#release(false);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#tail.then(async () => {
      if (this.#ended) throw new Error("it was given up");
      try {
        await work();
      } catch (error) {
        this.#ended = true;
        await this.#release(false);
        throw error;
      }
    });
    this.#tail = turn.catch(() => {});
    await turn;
  }

  async #begun(options: StatementOptions): Promise<PostgresLink> {
    if (this.#link !== undefined) return this.#link;
    this.#connecting ??= this.#options.connect();
    this.#link = await this.#connecting;
    if (this.#ended) throw new Error("it was given up");
    // Between two parts of an object there may be minutes, and it is for us to judge how long its rows may take.
    await this.#link.query(
      "begin; set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0",
      [],
      options,
    );
    return this.#link;
  }

  async #release(isGood: boolean): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    this.#link = undefined;
    this.#ended = true;
    await this.#options.release(link, isGood);
  }

  async #sendRows(chunks: Iterable<Uint8Array>, options: StatementOptions, isLast: boolean): Promise<void> {
    const iterator = chunks[Symbol.iterator]();
    while (this.#rows === undefined) {
      const { done, value } = iterator.next();
      if (!done) this.#sample = joined(this.#sample, value);
      const isWhole = this.#sample.includes(0x0a) || (done && isLast && this.#sample.length > 0);
      if (isWhole) await this.#beginRows(options);
      else if (done) return;
    }
    const { copy } = this.#rows;
    if (isLast && !copy.hasOpenLine && this.#sample.length === 0) return;
    const sample = this.#sample;
    this.#sample = new Uint8Array(0);
    const rows = function* (): Generator<Uint8Array> {
      if (sample.length > 0) yield* copy.write(sample);
      for (let next = iterator.next(); !next.done; next = iterator.next()) yield* copy.write(next.value);
      if (isLast) yield* copy.end();
    };
    const link = await this.#begun(options);
    const text = `copy pg_temp.sluice_rows (${this.#staged(", ")}) from stdin`;
    await link.copy(text, rows(), options);
  }

  async #beginRows(options: StatementOptions): Promise<void> {
    const lastLine = this.#sample.lastIndexOf(0x0a);
    const lines = lastLine < 0 ? this.#sample : this.#sample.subarray(0, lastLine);
    const table = await this.#options.table(lines);
    const link = await this.#begun(options);
    const columns = table.columns.map(({ name, type }) => `${quoted(name)} ${type}, `).join("");
    await link.query(
      `create temp table sluice_rows (${columns}sluice_rest jsonb, sluice_line bigint) on commit drop`,
      [],
      options,
    );
    this.#rows = { table, copy: new CopyRows(table) };
  }

  #staged(separator: string): string {
    const { columns } = this.#rows!.table;
    return [...columns.map(({ name }) => quoted(name)), "sluice_rest", "sluice_line"].join(separator);
  }

  async #sendRejects(chunks: Iterable<Uint8Array>, options: StatementOptions): Promise<void> {
    const link = await this.#begun(options);
    if (this.#rejects === undefined) {
      await link.query(
        "create temp table sluice_rejects " +
          "(line bigint, reason text, text text, base64 text, bytes bigint) on commit drop",
        [],
        options,
      );
      this.#rejects = new RejectRows();
    }
    const rejects = this.#rejects;
    const rows = function* (): Generator<Uint8Array> {
      for (const chunk of chunks) yield* rejects.write(chunk);
    };
    await link.copy("copy pg_temp.sluice_rejects from stdin", rows(), options);
  }

  /** Writes the object's row of the ledger, which also keeps others from it until the end. */
  async #writeLedger(
    link: PostgresLink,
    etag: string,
    rows: number,
    bytes: number,
    { condition, mark }: WriteOptions,
    options: StatementOptions,
  ): Promise<void> {
    const { objects } = this.#options.names;
    const values = [this.#name, etag, mark?.sourceEtag ?? null, mark?.recipe ?? null, mark?.rejects ?? null];
    const changes = "etag = $2, source_etag = $3, recipe = $4, rejects = $5::bigint, rows = $6::bigint, " +
      "bytes = $7::bigint, written_at = now()";
    const insert = `insert into ${objects} as o (name, etag, source_etag, recipe, rejects, rows, bytes) ` +
      "values ($1, $2, $3, $4, $5::bigint, $6::bigint, $7::bigint) on conflict (name) do ";
    const all = [...values, rows, bytes];
    const written = condition === "always"
      ? await link.query(`${insert} update set ${changes} returning 1`, all, options)
      : "ifAbsent" in condition
      ? await link.query(`${insert} nothing returning 1`, all, options)
      : await link.query(
        `update ${objects} set ${changes} where name = $1 and etag = $8 returning 1`,
        [...all, condition.ifEtag],
        options,
      );
    if (written.length > 0) return;
    throw new ConditionFailedError("somebody else has written it");
  }

  async #merge(link: PostgresLink, options: StatementOptions): Promise<void> {
    const { names, key } = this.#options;
    const object = [this.#name];
    await link.query(`delete from ${names.rejects} where object = $1`, object, options);
    if (this.#rejects !== undefined) {
      await link.query(
        `insert into ${names.rejects} (object, line, reason, text, base64, bytes) ` +
          "select $1::text, line, reason, text, base64, bytes from pg_temp.sluice_rejects order by line",
        object,
        options,
      );
    }
    const [found] = await link.query(
      "select to_regclass($1::text) is null as missing",
      [names.rows],
      options,
    );
    if (found!.missing === true) return; // an object without records, before any that has some
    const nulls = key.map((name) => `${quoted(name)} is null`).join(" or ");
    await link.query(
      `delete from ${names.rows} where sluice_object = $1${nulls && ` and (${nulls})`}`,
      object,
      options,
    );
    if (this.#rows !== undefined) await this.#insert(link, options);
  }

  async #insert(link: PostgresLink, options: StatementOptions): Promise<void> {
    const { names, key } = this.#options;
    const { copy, table } = this.#rows!;
    // A column with a default is left to it where no record has the field.
    const written = table.columns.filter(({ hasDefault }, i) => !hasDefault || copy.used[i])
      .map(({ name }) => quoted(name));
    if (table.hasRest) written.push("sluice_rest");
    if (table.hasLine) written.push("sluice_line");
    const from = (what: string) =>
      `insert into ${names.rows} (${[...written, "sluice_object"].join(", ")}) ` +
      `select ${what} ${[...written, "$1::text"].join(", ")} from pg_temp.sluice_rows`;
    const object = [this.#name];
    if (key.length === 0) {
      await link.query(`${from("")} order by sluice_line`, object, options);
      return;
    }
    const list = key.map(quoted).join(", ");
    const isWhole = key.map((name) => `${quoted(name)} is not null`).join(" and ");
    const changes = [...written, "sluice_object"].filter((name) => !key.map(quoted).includes(name))
      .map((name) => `${name} = excluded.${name}`).join(", ");
    // In the order of the key, so that two objects that have the same ones lock them in the same order.
    await link.query(
      `${from(`distinct on (${list})`)} where ${isWhole} order by ${list}, sluice_line desc ` +
        `on conflict (${list}) do update set ${changes}`,
      object,
      options,
    );
    await link.query(`${from("")} where not (${isWhole}) order by sluice_line`, object, options);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
