import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import type { Cache, CacheMaintenance, CacheStats, HashedEntry } from "./cache.ts";
import { useWriteAheadLog } from "../sqlite/write_ahead_log.ts";
import { plural } from "../text/format.ts";
import { keyHash } from "./key_hash.ts";

/** The layout's number, in the file's `user_version`. */
const format = 1;
/** `Slce`, in the file's `application_id`: distinguishes our files from other programs'. */
const applicationId = 0x536c6365;

/** Bytes of a key's hash in an entry. */
const hashBytes = 16;
/** Entries of one step of a walk or a removal, so that other processes can write in between. */
const entriesPerStep = 10_000;

export interface SqliteCacheOptions {
  /** How long an open, read or write waits while another process writes. Defaults to 5. */
  readonly timeoutSeconds?: number;
}

/**
 * Answers in one file on this machine, for any number of processes at once: the cache behind `sqlite:PATH`.
 * An entry takes about 26 bytes.
 *
 * SQLite works on the calling thread: a window of 1,000 keys holds it for about 5 ms, a write of as many answers
 * for 20, and for up to the timeout where another process is writing. A write survives a crash of the process;
 * one of the machine may lose the last few (`synchronous = NORMAL`), which are then asked again.
 */
export class SqliteCache implements Cache, CacheMaintenance {
  readonly hashBytes = hashBytes;
  readonly maintained = this;
  readonly url: string;
  readonly #database: DatabaseSync;
  readonly #namespace: string;
  /** The namespace's number in the file, once this process has written to it. */
  #id: number | undefined;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;

  /**
   * Opens the file; creates it, and the folders above it, if it does not exist.
   *
   * @throws {SluiceError} The file is not SQLite, is another program's, or has the format of a later Sluice.
   */
  constructor(path: string, namespace: string, options: SqliteCacheOptions = {}) {
    const { timeoutSeconds = 5 } = options;
    if (!(timeoutSeconds >= 0)) {
      throw new SluiceError({
        kind: "settings",
        action: "open cache",
        subject: `sqlite:${path}`,
        reason: `timeoutSeconds is ${timeoutSeconds}`,
      });
    }
    this.url = `sqlite:${path}`;
    this.#namespace = namespace;
    let database: DatabaseSync | undefined;
    try {
      mkdirSync(dirname(path), { recursive: true });
      database = new DatabaseSync(path);
      database.exec(`PRAGMA busy_timeout = ${Math.round(timeoutSeconds * 1000)}`);
      prepareFile(database, timeoutSeconds * 1000);
      // The bounds drop what is no answer, and what JavaScript could not hold.
      this.#select = database.prepare(
        `SELECT json_group_array(answer ORDER BY window.key) AS answers
           FROM json_each(?) AS window LEFT JOIN answers
           ON namespace = (SELECT id FROM namespaces WHERE name = ?) AND hash = unhex(window.value)
           AND answer BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`,
      );
      this.#upsert = database.prepare(
        `INSERT INTO answers (namespace, hash, answer) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET answer = excluded.answer`,
      );
    } catch (cause) {
      database?.close();
      throw this.#error("open cache", cause, openAdvice(cause as SystemError));
    }
    this.#database = database;
  }

  /**
   * One statement for all keys, hashes in and answers out as JSON: 190 thousand keys per second out of a million, the
   * hashing included, where one statement for each key does 155.
   */
  // deno-lint-ignore require-await -- async, so that what goes wrong rejects rather than throws
  async get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    signal.throwIfAborted();
    if (keys.length === 0) return [];
    const hashes = JSON.stringify(keys.map((key) => keyHash(key).toHex()));
    try {
      const answers: unknown[] = JSON.parse(String(this.#select.get(hashes, this.#namespace)?.answers));
      return answers.map((answer) => Number.isInteger(answer) ? answer as number : undefined);
    } catch (cause) {
      throw this.#error("read from", cause);
    }
  }

  set(entries: readonly (readonly [key: string, answer: number])[], signal: AbortSignal): Promise<void> {
    return this.setHashed(entries.map(([key, answer]) => [keyHash(key), answer]), signal);
  }

  // deno-lint-ignore require-await
  async setHashed(entries: readonly HashedEntry[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (entries.length === 0) return;
    const short = entries.find(([hash]) => hash.length < hashBytes);
    if (short !== undefined) {
      throw new SluiceError({
        kind: "data",
        action: "write to",
        subject: this.url,
        reason: `hashes must have ${hashBytes} bytes, one has ${short[0].length}`,
      });
    }
    this.#id = this.#transaction("write to", "BEGIN IMMEDIATE", () => {
      const id = this.#id ?? namespaceId(this.#database, this.#namespace);
      for (const [hash, answer] of entries) this.#upsert.run(id, hash.subarray(0, hashBytes), answer);
      return id;
    });
  }

  /** Counts the keys of all namespaces, which reads the whole file. */
  // deno-lint-ignore require-await
  async check(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return this.#transaction("read from", "BEGIN", () => {
      const row = this.#database.prepare(
        "SELECT sqlite_version() AS version, (SELECT count(*) FROM answers) AS keys",
      ).get();
      return `SQLite ${row?.version}, ${plural(Number(row?.keys), "key")}`;
    });
  }

  /** `bytesPerEntry` is the whole file's. */
  // deno-lint-ignore require-await
  async stats(signal: AbortSignal): Promise<CacheStats> {
    signal.throwIfAborted();
    return this.#transaction("read from", "BEGIN", () => {
      const row = this.#database.prepare(
        `SELECT count(*) AS allEntries,
           count(*) FILTER (WHERE namespace = (SELECT id FROM namespaces WHERE name = ?)) AS entries FROM answers`,
      ).get(this.#namespace);
      const [entries, allEntries] = [Number(row?.entries), Number(row?.allEntries)];
      const pages = Number(pragma(this.#database, "page_count")) -
        Number(pragma(this.#database, "freelist_count"));
      const bytes = pages * Number(pragma(this.#database, "page_size"));
      return {
        entries,
        ...(entries === 0 ? {} : { bytesPerEntry: bytes / allEntries }),
        generations: entries === 0 ? [] : [{ entries }],
      };
    });
  }

  async *entries(signal: AbortSignal): AsyncGenerator<readonly HashedEntry[]> {
    let rows: Record<string, unknown>[];
    let after = new Uint8Array();
    do {
      signal.throwIfAborted();
      try {
        rows = this.#database.prepare(
          `SELECT hash, answer FROM answers WHERE namespace = (SELECT id FROM namespaces WHERE name = ?) AND hash > ?
             AND typeof(answer) = 'integer'
             AND answer BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER} ORDER BY hash LIMIT ?`,
        ).all(this.#namespace, after, entriesPerStep);
      } catch (cause) {
        throw this.#error("read from", cause);
      }
      const entries = rows.map(({ hash, answer }): HashedEntry => [hash as Uint8Array, Number(answer)]);
      if (entries.length > 0) {
        yield entries;
        after = Uint8Array.from(entries.at(-1)![0]);
      }
    } while (rows.length === entriesPerStep);
  }

  /** The file does not shrink; later entries reuse the space. */
  async drop(namespace: string, signal: AbortSignal): Promise<number> {
    let removed: number;
    let all = 0;
    do {
      signal.throwIfAborted();
      try {
        removed = Number(
          this.#database.prepare(
            `DELETE FROM answers WHERE (namespace, hash) IN (SELECT namespace, hash FROM answers
             WHERE namespace = (SELECT id FROM namespaces WHERE name = ?) LIMIT ?)`,
          ).run(namespace, entriesPerStep).changes,
        );
      } catch (cause) {
        throw this.#error("write to", cause);
      }
      all += removed;
      await new Promise((resolve) => setTimeout(resolve));
    } while (removed === entriesPerStep);
    return all;
  }

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  #transaction<T>(action: string, begin: string, work: () => T): T {
    try {
      return transaction(this.#database, begin, work);
    } catch (cause) {
      throw this.#error(action, cause);
    }
  }

  #error(action: string, cause: unknown, advice = ""): SluiceError {
    const reason = reasonOf(cause) + advice;
    return new SluiceError({ kind: "cache", action, subject: this.url, reason, cause });
  }
}

/** An error of the file system or of SQLite. */
interface SystemError {
  readonly code?: string;
  /** SQLite's number for it. */
  readonly errcode?: number;
}

/** SQLite's own numbers. */
const readOnly = 8, cannotOpen = 14, notADatabase = 26;

/** What to do about a file that cannot be opened. */
function openAdvice({ code, errcode }: SystemError): string {
  if (code === "EEXIST" || code === "ENOTDIR") {
    return "; a part of its path is a file, not a folder: name another path in --cache";
  }
  if (errcode === notADatabase) return "; name another path in --cache, or remove the file";
  if (code === "EACCES" || code === "EROFS" || errcode === cannotOpen || errcode === readOnly) {
    return "; the file and its folder must be writable: name another path in --cache";
  }
  return "";
}

/** Prepares a new file in our format, and rejects a file that is not ours before anything in it is changed. */
function prepareFile(database: DatabaseSync, timeoutMs: number): void {
  if (isNew(database)) {
    // First, as it cannot be set in a transaction.
    useWriteAheadLog(database, timeoutMs);
    transaction(database, "BEGIN IMMEDIATE", () => {
      if (!isNew(database)) return; // another process was first
      database.exec(`
        CREATE TABLE namespaces (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE answers (
          namespace INTEGER NOT NULL, hash BLOB NOT NULL, answer INTEGER NOT NULL,
          PRIMARY KEY (namespace, hash)
        ) WITHOUT ROWID;
        PRAGMA application_id = ${applicationId};
        PRAGMA user_version = ${format}`);
    });
  }
  if (pragma(database, "application_id") !== applicationId) {
    throw new Error("it is another program's database; name a file of its own for the cache");
  }
  const found = pragma(database, "user_version");
  if (found !== format) {
    throw new Error(
      `its format is ${found}, this version of Sluice reads format ${format}; name another file`,
    );
  }
  database.exec("PRAGMA synchronous = NORMAL");
}

function isNew(database: DatabaseSync): boolean {
  return pragma(database, "application_id") === 0 &&
    database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()?.tables === 0;
}

function namespaceId(database: DatabaseSync, name: string): number {
  database.prepare("INSERT INTO namespaces (name) VALUES (?) ON CONFLICT DO NOTHING").run(name);
  return Number(database.prepare("SELECT id FROM namespaces WHERE name = ?").get(name)?.id);
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

function transaction<T>(database: DatabaseSync, begin: string, work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
