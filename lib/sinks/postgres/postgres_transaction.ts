import type { PostgresLink, StatementOptions } from "./postgres_link.ts";
import { judgeRows, type Misfits, stagedColumns, stagedRows } from "./judge_rows.ts";
import { type PostgresNames, type PostgresTable, quoted } from "./postgres_table.ts";
import { ConditionFailedError, type Mark, type WriteCondition } from "../../stores/store.ts";

export interface PostgresTransactionOptions {
  /** The object's name, and the address of its output. */
  readonly name: string;
  readonly address: string;
  readonly condition: WriteCondition;
  readonly names: PostgresNames;
  /** Names of the columns that identify a record. */
  readonly key: readonly string[];
  /**
   * Resolves to a connection for this alone.
   *
   * @param isWhole Whether all of the object is at hand, so that it can wait for one of few connections.
   */
  readonly connect: (isWhole: boolean) => Promise<PostgresLink>;
  /** Takes a connection back; one that has failed is closed. */
  readonly release: (link: PostgresLink, isGood: boolean) => Promise<void>;
  /** Called with values that only the server could judge, and that their columns would have changed. */
  readonly onMisfits: (misfits: readonly Misfits[]) => void;
  readonly signal: AbortSignal;
}

/** Some of an object's rows, as COPY takes them. */
export interface SentRows {
  /** Whose columns the rows have; empty without. */
  readonly table: PostgresTable | undefined;
  readonly rows: readonly Uint8Array<ArrayBuffer>[];
  readonly rejects: readonly Uint8Array<ArrayBuffer>[];
  /** Whether there is no more to come. */
  readonly isLast: boolean;
}

/** What is written of an object beside its rows. */
export interface ObjectEntry {
  readonly etag: string;
  readonly bytes: number;
  readonly mark: Mark;
  /** The rows that were sent; undefined if no row was sent. */
  readonly rows?: {
    readonly table: PostgresTable;
    readonly used: readonly boolean[];
    readonly count: number;
  };
}

/** How long the server may work on the rows of one object, or wait for others that write the same, in seconds. */
const mergeTimeoutSeconds = 3_600;

/**
 * One object on its way into the database: a transaction that takes its records and its rejects into temporary tables as
 * they come, and from there into the real ones when both are complete. Buffers nothing.
 */
export class PostgresTransaction {
  readonly #options: PostgresTransactionOptions;
  readonly #running: StatementOptions;
  #link: PostgresLink | undefined;
  #connecting: Promise<PostgresLink> | undefined;
  #ended = false;
  /** Settled when what was asked for last is done: a connection does one thing at a time. */
  #tail: Promise<unknown> = Promise.resolve();
  #hasRows = false;
  #hasRejects = false;

  constructor(options: PostgresTransactionOptions) {
    this.#options = options;
    this.#running = { signal: options.signal };
  }

  /** Sends rows and rejects into the temporary tables. */
  async send({ isLast, rejects, rows, table }: SentRows): Promise<void> {
    if (rows.length === 0 && rejects.length === 0) return;
    await this.#inTurn(async () => {
      const link = await this.#begun(isLast);
      if (rows.length > 0) await this.#sendRows(link, table!, rows);
      if (rejects.length > 0) await this.#sendRejects(link, rejects);
    });
  }

  /**
   * Puts all into the real tables, and makes it visible.
   *
   * @throws {ConditionFailedError} The object is not what the condition says.
   */
  async commit(entry: ObjectEntry): Promise<void> {
    await this.#inTurn(async () => {
      const link = await this.#begun(true);
      const merging = { ...this.#running, timeoutSeconds: mergeTimeoutSeconds };
      await this.#writeLedger(link, entry, merging);
      await this.#merge(link, entry.rows, merging);
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

  async #begun(isWhole: boolean): Promise<PostgresLink> {
    if (this.#link !== undefined) return this.#link;
    this.#connecting ??= this.#options.connect(isWhole);
    this.#link = await this.#connecting;
    if (this.#ended) throw new Error("it was given up");
    // Between two parts of an object there may be minutes, and it is for us to judge how long its rows may take.
    await this.#link.query(
      "begin; set local idle_in_transaction_session_timeout = 0; set local statement_timeout = 0",
      [],
      this.#running,
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

  async #sendRows(
    link: PostgresLink,
    table: PostgresTable,
    rows: readonly Uint8Array<ArrayBuffer>[],
  ): Promise<void> {
    if (!this.#hasRows) {
      await link.query(
        `create temp table sluice_rows (${stagedColumns(table)}) on commit drop`,
        [],
        this.#running,
      );
      this.#hasRows = true;
    }
    const staged = [...table.columns.map(({ name }) => quoted(name)), "sluice_rest", "sluice_line"].join(
      ", ",
    );
    await link.copy(`copy ${stagedRows} (${staged}) from stdin`, rows, this.#running);
  }

  async #sendRejects(link: PostgresLink, rejects: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
    if (!this.#hasRejects) {
      await link.query(
        "create temp table sluice_rejects " +
          "(line bigint, reason text, text text, base64 text, bytes bigint) on commit drop",
        [],
        this.#running,
      );
      this.#hasRejects = true;
    }
    await link.copy("copy pg_temp.sluice_rejects from stdin", rejects, this.#running);
  }

  /** Writes the object's row of the ledger, which also keeps others from it until the end. */
  async #writeLedger(
    link: PostgresLink,
    { bytes, etag, mark, rows }: ObjectEntry,
    options: StatementOptions,
  ): Promise<void> {
    const { address, condition, name, names: { objects } } = this.#options;
    const values = [name, etag, mark.sourceEtag, mark.recipe, mark.rejects];
    const changes = "etag = $2, source_etag = $3, recipe = $4, rejects = $5::bigint, rows = $6::bigint, " +
      "bytes = $7::bigint, written_at = now()";
    const insert = `insert into ${objects} as o (name, etag, source_etag, recipe, rejects, rows, bytes) ` +
      "values ($1, $2, $3, $4, $5::bigint, $6::bigint, $7::bigint) on conflict (name) do ";
    const all = [...values, rows?.count ?? 0, bytes];
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
    throw new ConditionFailedError({
      action: "write",
      subject: address,
      reason: "another writer has written it",
    });
  }

  async #merge(link: PostgresLink, rows: ObjectEntry["rows"], options: StatementOptions): Promise<void> {
    const { name, names, key } = this.#options;
    const object = [name];
    await link.query(`delete from ${names.rejects} where object = $1`, object, options);
    if (this.#hasRejects) {
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
    if (this.#hasRows && rows !== undefined) await this.#insert(link, rows, options);
  }

  async #insert(
    link: PostgresLink,
    { table, used }: NonNullable<ObjectEntry["rows"]>,
    options: StatementOptions,
  ): Promise<void> {
    const { name, names, key } = this.#options;
    // A column with a default is left to it where no record has the field.
    const written = table.columns.filter(({ hasDefault }, i) => !hasDefault || used[i])
      .map(({ name }) => quoted(name));
    if (table.hasRest) written.push("sluice_rest");
    if (table.hasLine) written.push("sluice_line");
    const { from: staged, misfits } = await judgeRows(link, table, options);
    if (misfits.length > 0) this.#options.onMisfits(misfits);
    const from = (what: string) =>
      `insert into ${names.rows} (${[...written, "sluice_object"].join(", ")}) ` +
      `select ${what} ${[...written, "$1::text"].join(", ")} from ${staged}`;
    const object = [name];
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
