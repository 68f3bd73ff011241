import { DatabaseSync, type StatementSync } from "node:sqlite";
import { dirname } from "node:path";
import { SluiceError } from "../errors/sluice_error.ts";
import { isCorruption } from "../sqlite/sqlite_failure.ts";
import { useWriteAheadLog } from "../sqlite/write_ahead_log.ts";
import type { Mark } from "../stores/store.ts";

/** How long a statement waits for another process, in milliseconds. */
const busyTimeoutMs = 10_000;

/**
 * Remembers which mark an output carries, so that a later run learns it from the listing alone and needs no
 * HEAD. Nothing depends on it: an entry counts only for the very ETag it was made for, and a file that is
 * corrupt, or no ledger, is moved aside for a fresh one. Several processes may share one file.
 */
export class Ledger implements Disposable {
  readonly #path: string;
  readonly #onMoved: (to: string) => void;
  #database: DatabaseSync;
  #get: StatementSync;
  #set: StatementSync;

  /**
   * Opens or creates the file, and the folders above it.
   *
   * @param onMoved Called with the new name of a file that could not be used: it may be somebody else's.
   * @throws {Error} It cannot be opened, for another reason than corruption.
   */
  constructor(path: string, onMoved: (to: string) => void = () => {}) {
    this.#path = path;
    this.#onMoved = onMoved;
    [this.#database, this.#get, this.#set] = this.#openOrReplace();
  }

  /**
   * The mark of a store's object.
   *
   * @param store The store's URL.
   * @param etag The object's present ETag: `undefined` comes back if the mark was remembered for another one.
   */
  get(store: string, name: string, etag: string): Mark | undefined {
    const row = this.#renewing(() => this.#get.get(store, name, etag));
    if (row === undefined) return undefined;
    return { sourceEtag: String(row.source_etag), recipe: String(row.recipe), rejects: Number(row.rejects) };
  }

  /** Remembers a mark, over an older one. */
  set(store: string, name: string, etag: string, mark: Mark): void {
    this.#renewing(() => this.#set.run(store, name, etag, mark.sourceEtag, mark.recipe, mark.rejects));
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What was corrupt when the file was opened, or has become so since, costs what it held and no more. */
  #renewing<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isCorruption(error)) throw this.#error("use", error);
      this.#database.close();
      this.#moveAside();
      [this.#database, this.#get, this.#set] = this.#openOrReplace();
      return work();
    }
  }

  #openOrReplace(): [DatabaseSync, StatementSync, StatementSync] {
    try {
      Deno.mkdirSync(dirname(this.#path), { recursive: true });
      try {
        return open(this.#path);
      } catch (error) {
        if (!isCorruption(error)) throw error;
        this.#moveAside();
        return open(this.#path);
      }
    } catch (cause) {
      throw this.#error("open", cause);
    }
  }

  #moveAside(): void {
    const aside = `${this.#path}.unusable-${crypto.randomUUID().slice(0, 8)}`;
    let hasMoved = false;
    for (const suffix of ["", "-wal", "-shm"]) {
      hasMoved = moveFile(this.#path + suffix, aside + suffix) || hasMoved;
    }
    if (hasMoved) this.#onMoved(aside);
  }

  #error(action: string, cause: unknown): SluiceError {
    return SluiceError.from(cause, { kind: "sink", action, subject: `ledger ${this.#path}` });
  }
}

function open(path: string): [DatabaseSync, StatementSync, StatementSync] {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    useWriteAheadLog(database, busyTimeoutMs);
    database.exec(`PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS marks (
        store TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL,
        source_etag TEXT NOT NULL, recipe TEXT NOT NULL, rejects INTEGER NOT NULL,
        PRIMARY KEY (store, name)
      ) WITHOUT ROWID`);
    const columns = "source_etag, recipe, rejects";
    return [
      database,
      database.prepare(`SELECT ${columns} FROM marks WHERE store = ? AND name = ? AND etag = ?`),
      database.prepare(
        `INSERT OR REPLACE INTO marks (store, name, etag, ${columns}) VALUES (?, ?, ?, ?, ?, ?)`,
      ),
    ];
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether the file was there. */
function moveFile(from: string, to: string): boolean {
  try {
    Deno.renameSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
