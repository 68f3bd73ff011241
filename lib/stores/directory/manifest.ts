import { DatabaseSync, type StatementSync } from "node:sqlite";
import { dirname, join, relative, sep } from "node:path";
import { SluiceError } from "../../errors/sluice_error.ts";
import { isReadOnly, isTableMissing } from "../../sqlite/sqlite_failure.ts";
import type { Mark } from "../store.ts";

/** The file's name, in the directory's root. */
export const manifestName = ".sluice-manifest.db";

/** How long a statement waits for another process, in milliseconds. */
const busyTimeoutMs = 10_000;

interface Writer {
  readonly database: DatabaseSync;
  readonly set: StatementSync;
  readonly removeOlder: StatementSync;
  readonly removeOne: StatementSync;
  readonly removeAll: StatementSync;
}

type Row = Record<string, unknown>;

/** What no object has for an ETag, not even one of a server that lists none. */
const noEtag = "-";

/** Where marks are looked for: `marks` is Sluice 0.2's, which had one for each name. */
const tables = {
  outputs: "etag, source_etag, recipe, rejects, answers, model",
  marks: "etag, source_etag, recipe, rejects",
} as const;

/**
 * The marks of a directory's objects, in `.sluice-manifest.db` in its root: what S3 keeps in an object's
 * metadata. The file is created by the first mark that is set; until then nothing is written, so that a folder
 * that is only read stays as it is. A row is written before its file gets its name, and counts only for a file with
 * that ETag: an output whose process is killed at that moment has its mark.
 */
export class Manifest {
  readonly #path: string;
  #reader: DatabaseSync | undefined;
  readonly #selects = new Map<string, StatementSync>();
  #writer: Writer | undefined;
  /** Undefined before it was looked for, null if there is none. */
  #above: { readonly manifest: Manifest; readonly folder: string } | null | undefined;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.#path = join(root, manifestName);
  }

  /**
   * The mark that was set for an object with this ETag. For one that has another ETag and yet the size and the date of
   * an output, as a copy has (in an archive, a date of whole seconds), and any file of some network file systems: the mark
   * without the source's ETag, so that the object is known as an output, and is not done. Without a mark here, the manifest of a folder above is asked: this
   * directory may be a part of a run's destination.
   */
  get(name: string, etag: string): Mark | undefined {
    return this.#reading(() => {
      for (const table of ["outputs", "marks"] as const) {
        const rows: Row[] = this.#select(table)?.all(name) ?? [];
        const row = rows.find((row) => row.etag === etag);
        if (row !== undefined) return markOf(row);
        const copied = rows.find((row) => mayBeCopy(etag, String(row.etag)));
        if (copied !== undefined) return { ...markOf(copied), sourceEtag: noEtag };
      }
      const above = this.#manifestAbove();
      return above?.manifest.get(above.folder + name, etag);
    });
  }

  /**
   * Notes the mark of a file that is about to get its name.
   *
   * @param replaced The ETag of the file that has the name. Its mark stays until that one is gone; older ones go.
   */
  set(name: string, etag: string, { answers, recipe, rejects, sourceEtag }: Mark, replaced?: string): void {
    this.#doing("write", () => {
      const { removeOlder, set } = this.#openWriter();
      set.run(
        name,
        etag,
        sourceEtag,
        recipe,
        rejects,
        answers?.fingerprint ?? null,
        answers?.model ?? null,
      );
      if (replaced !== undefined) removeOlder.run(name, name, replaced);
    });
  }

  /** Removes all marks of a name, or the one of a file that did not get it. */
  remove(name: string, etag?: string): void {
    this.#doing("write", () => {
      if (!exists(this.#path)) return;
      const { database, removeAll, removeOne } = this.#openWriter();
      if (etag !== undefined) return void removeOne.run(name, etag);
      removeAll.run(name);
      try {
        database.prepare("DELETE FROM marks WHERE name = ?").run(name);
      } catch (error) {
        if (!isTableMissing(error)) throw error;
      }
    });
  }

  close(): void {
    this.#reader?.close();
    this.#writer?.database.close();
    this.#reader = this.#writer = undefined;
    this.#above?.manifest.close();
    this.#above = undefined;
    this.#selects.clear();
  }

  /** The manifest of the nearest folder above that has one, and this directory's name there. */
  #manifestAbove(): { readonly manifest: Manifest; readonly folder: string } | undefined {
    if (this.#above !== undefined) return this.#above ?? undefined;
    this.#above = null;
    for (let at = dirname(this.#root), below = this.#root; at !== below; below = at, at = dirname(at)) {
      if (!mayExist(join(at, manifestName))) continue;
      const folder = relative(at, this.#root).replaceAll(sep, "/") + "/";
      return this.#above = { manifest: new Manifest(at), folder };
    }
  }

  /** Undefined where there is no such table, which another process may create at any time. */
  #select(table: keyof typeof tables): StatementSync | undefined {
    const select = this.#selects.get(table);
    if (select !== undefined) return select;
    if (this.#reader === undefined && !exists(this.#path)) return undefined;
    this.#reader ??= new DatabaseSync(this.#path, { readOnly: true, timeout: busyTimeoutMs });
    try {
      const made = this.#reader.prepare(`SELECT ${tables[table]} FROM ${table} WHERE name = ?`);
      this.#selects.set(table, made);
      return made;
    } catch (error) {
      if (isTableMissing(error)) return undefined;
      throw error;
    }
  }

  #openWriter(): Writer {
    if (this.#writer !== undefined) return this.#writer;
    const database = new DatabaseSync(this.#path, { timeout: busyTimeoutMs });
    try {
      database.exec(`CREATE TABLE IF NOT EXISTS outputs (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, etag TEXT NOT NULL,
        source_etag TEXT NOT NULL, recipe TEXT NOT NULL, rejects INTEGER NOT NULL,
        answers TEXT, model TEXT, UNIQUE (name, etag)
      )`);
      return this.#writer = {
        database,
        set: database.prepare(
          `INSERT OR REPLACE INTO outputs (name, etag, source_etag, recipe, rejects, answers, model)
            VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ),
        // Not by name alone: another process may be about to write the same output.
        removeOlder: database.prepare(
          "DELETE FROM outputs WHERE name = ? AND id < (SELECT id FROM outputs WHERE name = ? AND etag = ?)",
        ),
        removeOne: database.prepare("DELETE FROM outputs WHERE name = ? AND etag = ?"),
        removeAll: database.prepare("DELETE FROM outputs WHERE name = ?"),
      };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** A process that was killed as it wrote leaves a journal, which has to be undone by a connection that may write. */
  #reading<T>(work: () => T): T {
    return this.#doing("read", () => {
      try {
        return work();
      } catch (error) {
        if (!isReadOnly(error)) throw error;
        using database = new DatabaseSync(this.#path, { timeout: busyTimeoutMs });
        database.exec("BEGIN IMMEDIATE; ROLLBACK");
        return work();
      }
    });
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

function markOf({ answers, model, recipe, rejects, source_etag }: Row): Mark {
  const origin = typeof answers === "string"
    ? { answers: { fingerprint: answers, model: String(model ?? "") } }
    : {};
  return { sourceEtag: String(source_etag), recipe: String(recipe), rejects: Number(rejects), ...origin };
}

/** How far the date of a copy may be from the original's, in milliseconds, where the copy's is of whole seconds. */
const maxRoundingMs = 1_000;

/** Whether ETags of {@linkcode DirectoryStore} may be of a copy and its original: by their sizes and dates. */
function mayBeCopy(etag: string, original: string): boolean {
  const [size, date] = sizeAndDate(etag), [originalSize, originalDate] = sizeAndDate(original);
  if (size !== originalSize) return false;
  return date === originalDate || (date % 1_000 === 0 && Math.abs(date - originalDate) < maxRoundingMs);
}

function sizeAndDate(etag: string): [size: number, dateMs: number] {
  const [size = "", date = ""] = etag.split("-");
  return [parseInt(size, 16), parseInt(date, 16)];
}

/** As {@linkcode exists}, of folders that may be shut. */
function mayExist(path: string): boolean {
  try {
    return exists(path);
  } catch {
    return false;
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
