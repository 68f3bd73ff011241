import { DatabaseSync, type StatementSync } from "node:sqlite";
import { join } from "node:path";
import { SluiceError } from "../../errors/sluice_error.ts";
import { isTableMissing } from "../../sqlite/sqlite_failure.ts";
import type { Mark } from "../store.ts";

/** How long a statement waits for another process, in milliseconds. */
const busyTimeoutMs = 10_000;

interface Reader {
  readonly database: DatabaseSync;
  readonly get: StatementSync;
}

interface Writer {
  readonly database: DatabaseSync;
  readonly set: StatementSync;
  readonly remove: StatementSync;
}

/**
 * The marks of a directory's objects, in `.sluice-manifest.db` in its root: what S3 keeps in an object's
 * metadata. The file is created by the first mark that is set; until then nothing is written, so that a folder
 * that is only read stays as it is. A row is written after its file, and counts only for that file's ETag.
 */
export class Manifest {
  readonly #path: string;
  #reader: Reader | undefined;
  #writer: Writer | undefined;

  constructor(root: string) {
    this.#path = join(root, ".sluice-manifest.db");
  }

  /** The mark that was set for an object with this ETag. */
  get(name: string, etag: string): Mark | undefined {
    return this.#doing("read", () => {
      const row = this.#openReader()?.get.get(name, etag);
      if (row === undefined) return undefined;
      return {
        sourceEtag: String(row.source_etag),
        recipe: String(row.recipe),
        rejects: Number(row.rejects),
      };
    });
  }

  set(name: string, etag: string, mark: Mark): void {
    this.#doing("write", () => {
      this.#openWriter().set.run(name, etag, mark.sourceEtag, mark.recipe, mark.rejects);
    });
  }

  remove(name: string): void {
    this.#doing("write", () => {
      if (exists(this.#path)) this.#openWriter().remove.run(name);
    });
  }

  close(): void {
    this.#reader?.database.close();
    this.#writer?.database.close();
    this.#reader = this.#writer = undefined;
  }

  #openReader(): Reader | undefined {
    if (this.#reader !== undefined) return this.#reader;
    if (!exists(this.#path)) return undefined;
    const database = new DatabaseSync(this.#path, { readOnly: true, timeout: busyTimeoutMs });
    try {
      const get = database.prepare(
        "SELECT source_etag, recipe, rejects FROM marks WHERE name = ? AND etag = ?",
      );
      return this.#reader = { database, get };
    } catch (error) {
      database.close();
      // Another process is just creating it.
      if (isTableMissing(error)) return undefined;
      throw error;
    }
  }

  #openWriter(): Writer {
    if (this.#writer !== undefined) return this.#writer;
    const database = new DatabaseSync(this.#path, { timeout: busyTimeoutMs });
    try {
      database.exec(`CREATE TABLE IF NOT EXISTS marks (
        name TEXT PRIMARY KEY, etag TEXT NOT NULL,
        source_etag TEXT NOT NULL, recipe TEXT NOT NULL, rejects INTEGER NOT NULL
      ) WITHOUT ROWID`);
      return this.#writer = {
        database,
        set: database.prepare(
          "INSERT OR REPLACE INTO marks (name, etag, source_etag, recipe, rejects) VALUES (?, ?, ?, ?, ?)",
        ),
        remove: database.prepare("DELETE FROM marks WHERE name = ?"),
      };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #doing<T>(action: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const kind = "sink", subject = `marks in ${this.#path}`;
      throw SluiceError.from(cause, { kind, action, subject });
    }
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
