import { SluiceError } from "../../errors/sluice_error.ts";
import { retry } from "../../retry/retry.ts";
import { retryPolicies, type RetryPolicy } from "../../retry/retry_policies.ts";
import { parsePostgresAddress, type PostgresAddress } from "../../sinks/postgres/postgres_address.ts";
import { PostgresLink, type PostgresRow } from "../../sinks/postgres/postgres_link.ts";
import { plural } from "../../text/format.ts";
import {
  bestMatchRows,
  type MatchReject,
  type MatchRow,
  type MatchTable,
  rejectText,
} from "./match_table.ts";
import { checkTable, tableColumns, tableKeys, type TableName } from "./table_columns.ts";

export interface PostgresMatchTableOptions {
  /** How long the server may be silent, in seconds. Defaults to 60. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities to check the server with, PEM. Defaults to the system's. */
  readonly ca?: string;
  /** Changes to the policy by which a batch is retried. */
  readonly retry?: Partial<RetryPolicy>;
  /** Called before each retry. */
  readonly onTrouble?: (message: string) => void;
}

/** SQLSTATEs of writers that block each other: both can succeed, one after the other. */
const clashes = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "55P03", // lock_not_available
  "23505", // unique_violation: two that make the same table
  "42P07", // duplicate_table
  "42710", // duplicate_object: the type of its rows
]);
/** SQLSTATEs of a server that is stopping, starting or full. */
const outages = new Set(["57P01", "57P02", "57P03", "53300"]);
/** Messages of a lost connection. The client and Deno have no codes for all of them. */
const lost =
  /connection was closed|CONNECTION_|ECONN|EPIPE|no answer in|Connection refused|Broken pipe|os error/;

/** The casts of our values to the columns of a table that was there before: numbers as ids, say. */
type Types = Readonly<Record<string, string>>;

/**
 * Pairs in PostgreSQL: the table behind `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE`; the password may be in PGPASSWORD.
 * Its tables `matches` and `match_rejects` are made when absent, in the first schema of the search path; those that are there
 * may have other types for ids, and further columns that need no value. U+0000, which PostgreSQL cannot hold, becomes U+FFFD.
 *
 * A batch is one statement, and so one transaction, by key in one order. It is retried a bounded number of times where the
 * server ends a deadlock, or is gone for a while. There is one connection, which takes one write at a time. An id that is too
 * long for its column fails the batch; it is not truncated.
 */
export class PostgresMatchTable implements MatchTable {
  readonly url: string;
  readonly rejectsIn: string;
  readonly #address: PostgresAddress;
  readonly #options: PostgresMatchTableOptions & { readonly timeoutSeconds: number };
  #link: PostgresLink | undefined;
  /** Ends with the attempt that was begun last: the connection takes one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #types: Readonly<Record<TableName, Types>> | undefined;

  private constructor(address: PostgresAddress, options: PostgresMatchTableOptions) {
    this.#address = address;
    this.url = address.shown.replace(/\/$/, "");
    this.rejectsIn = `the table match_rejects of ${this.url}`;
    this.#options = {
      ...options,
      timeoutSeconds: options.timeoutSeconds ?? 60,
    };
  }

  /**
   * Connects, and makes the tables that are not there.
   *
   * @throws {SluiceError} The address is invalid; the server cannot be reached; its tables have other columns or another key.
   */
  static async open(
    url: string,
    signal: AbortSignal,
    options: PostgresMatchTableOptions = {},
  ): Promise<PostgresMatchTable> {
    const table = new PostgresMatchTable(parsePostgresAddress(url), options);
    try {
      await table.#attempts("open", signal, () => table.#prepare(signal));
    } catch (error) {
      await table.close();
      throw error;
    }
    return table;
  }

  async write(rows: readonly MatchRow[], signal: AbortSignal): Promise<number> {
    if (rows.length === 0) return 0;
    const values = bestMatchRows(rows).map((row) => ({
      menu_id: storable(row.menuId),
      term_id: storable(row.termId),
      score: row.score,
      matched: storable(row.matched),
      kind: row.kind,
    }));
    const types = this.#types!.matches;
    // Both keys cast, so that ids that are one number are one pair; the order is the one that locks are taken in.
    const text = `
      INSERT INTO matches AS known (menu_id, term_id, score, matched, kind)
      SELECT DISTINCT ON (menu_id, term_id) * FROM (
        SELECT menu_id::${types.menu_id} AS menu_id, term_id::${types.term_id} AS term_id,
          score::${types.score} AS score, matched::${types.matched} AS matched, kind::${types.kind} AS kind
        FROM json_to_recordset($1::text::json)
          AS given(menu_id text, term_id text, score float8, matched text, kind text)
      ) AS typed
      ORDER BY menu_id, term_id, score DESC, matched::text COLLATE "C", kind::text COLLATE "C"
      ON CONFLICT (menu_id, term_id) DO UPDATE
        SET score = excluded.score, matched = excluded.matched, kind = excluded.kind
        WHERE excluded.score > known.score OR excluded.score = known.score AND (
          excluded.matched::text COLLATE "C" < known.matched::text COLLATE "C" OR
          excluded.matched::text = known.matched::text AND
            excluded.kind::text COLLATE "C" < known.kind::text COLLATE "C")
      RETURNING xmax = 0 AS is_new`;
    const written = await this.#attempts("write to", signal, () => this.#query(text, values, signal));
    return written.filter(({ is_new }) => is_new === true || is_new === "t").length;
  }

  async reject(rejects: readonly MatchReject[], signal: AbortSignal): Promise<void> {
    if (rejects.length === 0) return;
    const values = rejects.map((reject) => ({
      object: storable(reject.object),
      line: reject.line,
      reason: reject.reason,
      text: storable(rejectText(reject)),
    }));
    const types = this.#types!.match_rejects;
    const text = `
      INSERT INTO match_rejects (object, line, reason, text)
      SELECT DISTINCT ON (object, line) object::${types.object}, line::${types.line}, reason::${types.reason}, text::${types.text}
      FROM json_to_recordset($1::text::json) AS given(object text, line bigint, reason text, text text)
      ORDER BY object, line
      ON CONFLICT (object, line) DO UPDATE SET reason = excluded.reason, text = excluded.text`;
    await this.#attempts("write to", signal, () => this.#query(text, values, signal));
  }

  async finish(): Promise<void> {}

  async close(): Promise<void> {
    await this.#link?.close();
    this.#link = undefined;
  }

  async #query(
    text: string,
    values: readonly unknown[] | undefined,
    signal: AbortSignal,
  ): Promise<readonly PostgresRow[]> {
    const { ca, timeoutSeconds } = this.#options;
    if (this.#link?.isDead) await this.close();
    this.#link ??= new PostgresLink({ address: this.#address, ca, timeoutSeconds });
    return await this.#link.query(text, values === undefined ? [] : [JSON.stringify(values)], { signal });
  }

  /** Makes the tables that are not there, and looks at those that are. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const types: Partial<Record<TableName, Types>> = {};
    for (const table of ["matches", "match_rejects"] as const) {
      const [found] = await this.#query(
        `SELECT to_regclass('${table}') IS NOT NULL AS there`,
        undefined,
        signal,
      );
      if (found?.there !== true) await this.#query(definitions[table], undefined, signal);
      const columns = await this.#query(
        // Without its length: a cast to varchar(9) cuts what is longer, an assignment refuses it. Scores are rounded.
        `SELECT attname AS name, format_type(atttypid, CASE attname WHEN 'score' THEN atttypmod ELSE -1 END) AS type
           FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
        undefined,
        signal,
      );
      const key = tableKeys[table].map((column) => `'${column}'`).join(", ");
      const [unique] = await this.#query(
        `SELECT EXISTS (SELECT FROM pg_index WHERE indrelid = '${table}'::regclass AND indisunique
           AND indpred IS NULL AND indexprs IS NULL AND (
             SELECT array_agg(attname::text ORDER BY attname::text) FROM pg_attribute
             WHERE attrelid = indrelid AND attnum = ANY (indkey[0:indnkeyatts - 1])
           ) = (SELECT array_agg(name ORDER BY name) FROM unnest(ARRAY[${key}]::text[]) AS name)) AS there`,
        undefined,
        signal,
      );
      checkTable(table, columns.map(({ name }) => String(name)), unique?.there === true);
      types[table] = Object.fromEntries(
        columns.filter(({ name }) => (tableColumns[table] as readonly unknown[]).includes(name))
          .map(({ name, type }) => [String(name), String(type)]),
      );
    }
    this.#types = types as Record<TableName, Types>;
  }

  async #attempts<T>(action: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    let attempts = 0, isLost = false;
    const attempt = () =>
      this.#inTurn(async () => {
        attempts++;
        isLost = false;
        signal.throwIfAborted();
        try {
          return await work();
        } catch (error) {
          isLost = this.#link?.isDead === true || lost.test(causeOf(error));
          // Whatever state the connection is in, it is not used again.
          if (isLost) await this.close();
          throw error;
        }
      });
    try {
      return await retry({ ...retryPolicies.matchTableWrite, ...this.#options.retry }, attempt, {
        signal,
        isRetriable: (error) => mayPass(error, isLost),
        onRetry: (error) => this.#options.onTrouble?.(`Retrying to ${action} ${this.url}: ${causeOf(error)}`),
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const times = attempts > 1 ? `, ${plural(attempts, "time")} in a row` : "";
      const reason = causeOf(error) + times;
      throw new SluiceError({ kind: "sink", action, subject: this.url, reason, cause: error });
    }
  }

  /** Runs `work` when all earlier work has ended, with or without success. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}

const definitions: Readonly<Record<TableName, string>> = {
  matches: `CREATE TABLE IF NOT EXISTS matches (
    menu_id text NOT NULL, term_id text NOT NULL, score double precision NOT NULL, matched text NOT NULL,
    kind text NOT NULL, PRIMARY KEY (menu_id, term_id))`,
  match_rejects: `CREATE TABLE IF NOT EXISTS match_rejects (
    object text NOT NULL, line bigint NOT NULL, reason text NOT NULL, text text NOT NULL, PRIMARY KEY (object, line))`,
};

/** Whether a retry may succeed. */
function mayPass(error: unknown, isLost: boolean): boolean {
  const code = String((error as { code?: unknown })?.code ?? "");
  const isServers = /^[0-9A-Z]{5}$/.test(code) && !code.startsWith("E");
  return isServers
    ? clashes.has(code) || outages.has(code) || code.startsWith("08")
    : isLost || lost.test(`${code} ${(error as Error)?.message}`);
}

/** What went wrong, as text for the user. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node says nothing where several addresses were tried.
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}

/** What PostgreSQL can hold of a text. */
function storable(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}
