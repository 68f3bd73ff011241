import { mkdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { useWriteAheadLog } from "../../sqlite/write_ahead_log.ts";
import {
  bestMatchRows,
  type MatchReject,
  type MatchRow,
  type MatchTable,
  rejectText,
} from "./match_table.ts";
import { checkTable, tableKeys, type TableName } from "./table_columns.ts";

export interface SqliteMatchTableOptions {
  /** How long opening or writing waits while another process writes. Defaults to 5. */
  readonly timeoutSeconds?: number;
}

/** Pairs read in one step of a walk. */
const rowsPerStep = 10_000;

/**
 * Pairs in one file on this machine, for any number of processes at once: the table behind `sqlite:PATH`. Its tables
 * `matches` and `match_rejects` are made when absent; the file may hold others beside them.
 *
 * SQLite works on the calling thread: 1,000 pairs hold it for about 5 ms, and for up to the timeout where another process
 * is writing. What was written survives a crash of the process; one of the machine may lose the last few writes
 * (`synchronous = NORMAL`), which a second run brings back.
 */
export class SqliteMatchTable implements MatchTable {
  readonly url: string;
  readonly rejectsIn: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #reject: StatementSync;

  /**
   * Opens the file; creates it, and the folders above it, if missing. Without a path, the pairs are in a file that
   * no other process sees, and that disappears with this one.
   *
   * @throws {SluiceError} `sink`: the file is not SQLite, or has tables of these names with other columns or another key.
   */
  constructor(path: string, options: SqliteMatchTableOptions = {}) {
    const { timeoutSeconds = 5 } = options;
    this.url = `sqlite:${path}`;
    this.rejectsIn = `the table match_rejects of ${this.url}`;
    let database: DatabaseSync | undefined;
    try {
      database = path === "" ? openNameless() : openFile(path);
      database.exec(`PRAGMA busy_timeout = ${Math.round(timeoutSeconds * 1000)}`);
      prepareFile(database, path !== "" ? timeoutSeconds * 1000 : undefined);
      this.#insert = database.prepare(
        `INSERT INTO matches (menu_id, term_id, score, matched, kind) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (menu_id, term_id) DO NOTHING`,
      );
      this.#update = database.prepare(
        `UPDATE matches SET score = ?3, matched = ?4, kind = ?5 WHERE menu_id = ?1 AND term_id = ?2
           AND (-score, CAST(matched AS BLOB), CAST(kind AS BLOB)) >
             (-?3, CAST(?4 AS BLOB), CAST(?5 AS BLOB))`,
      );
      this.#reject = database.prepare(
        `INSERT INTO match_rejects (object, line, reason, text) VALUES (?, ?, ?, ?)
           ON CONFLICT (object, line) DO UPDATE SET reason = excluded.reason, text = excluded.text`,
      );
    } catch (cause) {
      database?.close();
      throw this.#error("open", cause);
    }
    this.#database = database;
  }

  // deno-lint-ignore require-await -- async, so that failures reject rather than throw
  async write(rows: readonly MatchRow[], signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return this.#transaction(() => {
      let added = 0;
      for (const { menuId, termId, score, matched, kind } of bestMatchRows(rows)) {
        const { changes } = this.#insert.run(menuId, termId, score, matched, kind);
        if (changes === 0) this.#update.run(menuId, termId, score, matched, kind);
        else added++;
      }
      return added;
    });
  }

  // deno-lint-ignore require-await
  async reject(rejects: readonly MatchReject[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#transaction(() => {
      for (const reject of rejects) {
        this.#reject.run(reject.object, reject.line, reject.reason, rejectText(reject));
      }
    });
  }

  /** All pairs, by menu and then term, in the order of their UTF-8; some at a time. */
  *rows(): Generator<readonly MatchRow[]> {
    const select = this.#database.prepare(
      `SELECT menu_id AS menuId, term_id AS termId, score, matched, kind FROM matches
         WHERE (menu_id, term_id) > (?, ?) ORDER BY menu_id, term_id LIMIT ?`,
    );
    let rows: MatchRow[];
    let after: Pick<MatchRow, "menuId" | "termId"> = { menuId: "", termId: "" };
    do {
      rows = select.all(after.menuId, after.termId, rowsPerStep) as unknown as MatchRow[];
      if (rows.length > 0) yield rows;
      after = rows.at(-1) ?? after;
    } while (rows.length === rowsPerStep);
  }

  async finish(): Promise<void> {}

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  #transaction<T>(work: () => T): T {
    const database = this.#database;
    try {
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    } catch (cause) {
      throw this.#error("write to", cause);
    }
  }

  #error(action: string, cause: unknown): Error {
    return new SluiceError({ kind: "sink", action, subject: this.url, reason: reasonOf(cause), cause });
  }
}

function openFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  return new DatabaseSync(path);
}

/** A file in the folder for temporary files that has no name any more: SQLite's own need all permissions. */
function openNameless(): DatabaseSync {
  const path = Deno.makeTempFileSync({ prefix: "sluice-matches-" });
  try {
    const database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
    return database;
  } finally {
    unlinkSync(path);
  }
}

/**
 * Makes the tables that are not there, and looks at those that are.
 *
 * @param timeoutMs For the write-ahead log; a file that others do not see needs none.
 */
function prepareFile(database: DatabaseSync, timeoutMs: number | undefined): void {
  const isNew = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n) === 0;
  // A file created by another program keeps its mode.
  if (isNew && timeoutMs !== undefined) useWriteAheadLog(database, timeoutMs);
  if (!hasTable(database, "matches") || !hasTable(database, "match_rejects")) {
    database.exec(`
      BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS matches (
        menu_id TEXT NOT NULL, term_id TEXT NOT NULL, score REAL NOT NULL, matched TEXT NOT NULL, kind TEXT NOT NULL,
        PRIMARY KEY (menu_id, term_id)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS match_rejects (
        object TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (object, line)
      ) WITHOUT ROWID;
      COMMIT`);
  }
  for (const table of ["matches", "match_rejects"] as const) {
    const columns = database.prepare("SELECT name FROM pragma_table_info(?)").all(table);
    checkTable(table, columns.map(({ name }) => String(name)), hasKey(database, table));
  }
  if (timeoutMs !== undefined) database.exec("PRAGMA synchronous = NORMAL");
}

function hasTable(database: DatabaseSync, table: TableName): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !==
    undefined;
}

/** Whether the columns of the key are unique together: as a primary key, or by an index of all rows. */
function hasKey(database: DatabaseSync, table: TableName): boolean {
  const indexes = database.prepare(
    `SELECT (SELECT json_group_array(name ORDER BY name) FROM pragma_index_info(index_list.name)) AS columns
       FROM pragma_index_list(?) AS index_list WHERE "unique" = 1 AND partial = 0`,
  ).all(table);
  const key = JSON.stringify(tableKeys[table].toSorted());
  return indexes.some(({ columns }) => columns === key);
}
