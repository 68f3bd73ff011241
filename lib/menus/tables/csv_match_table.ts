import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { refuseForeignPath } from "../../sinks/foreign_path.ts";
import { rejectLine } from "../../records/rejects.ts";
import type { MatchReject, MatchRow, MatchTable } from "./match_table.ts";
import { SqliteMatchTable } from "./sqlite_match_table.ts";
import { tableColumns } from "./table_columns.ts";

const header = `${tableColumns.matches.join(",")}\n`;

/**
 * Pairs in a CSV file of its own, by menu and then term, in the order of their UTF-8: the table behind a path. Rejects go
 * to `NAME.rejects.jsonl` beside it, in the order in which they come.
 *
 * Both files replace earlier ones when all pairs are written, and not before; an earlier rejects file is removed when
 * there are no rejects. Until then the pairs are in a SQLite file without a name, in the folder for temporary files, so that
 * memory does not grow with them.
 */
export class CsvMatchTable implements MatchTable {
  readonly url: string;
  readonly rejectsIn: string;
  readonly #path: string;
  readonly #rejectsPath: string;
  readonly #pairs = new SqliteMatchTable("");
  #rejects: TemporaryFile | undefined;

  /** @throws {ForeignFileError} One of its two files is there, and does not begin as Sluice writes it. */
  static async refuseForeign(path: string): Promise<void> {
    await refuseForeignPath(resolve(path), (beginning) => beginning.startsWith(header));
    await refuseForeignPath(rejectsPathOf(resolve(path)), (beginning) => beginning.startsWith('{"object":'));
  }

  constructor(path: string) {
    this.url = path;
    this.rejectsIn = rejectsPathOf(path);
    this.#path = resolve(path);
    this.#rejectsPath = rejectsPathOf(this.#path);
  }

  async write(rows: readonly MatchRow[], signal: AbortSignal): Promise<number> {
    return await this.#doing("write", signal, () => this.#pairs.write(rows, signal));
  }

  async reject(rejects: readonly MatchReject[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (rejects.length === 0) return;
    await this.#doing("write", signal, async () => {
      this.#rejects ??= await TemporaryFile.create(this.#rejectsPath);
      await this.#rejects.write(
        rejects.map((reject) => rejectLine(reject.object, reject)).join(""),
      );
    });
  }

  async finish(signal: AbortSignal): Promise<void> {
    await this.#doing("write", signal, async () => {
      const file = await TemporaryFile.create(this.#path);
      try {
        await file.write(header);
        for (const rows of this.#pairs.rows()) {
          signal.throwIfAborted();
          await file.write(rows.map(csvLine).join(""));
        }
        // First, as for objects: pairs that are there say that what was set aside is known.
        if (this.#rejects === undefined) await rm(this.#rejectsPath, { force: true });
        else await this.#rejects.finish();
        this.#rejects = undefined;
        await file.finish();
      } catch (error) {
        await file.remove();
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#rejects?.remove();
    this.#rejects = undefined;
    await this.#pairs.close();
  }

  async #doing<T>(action: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !(error instanceof Error)) throw error;
      const reason = reasonOf(error, this.#pairs.url);
      throw new SluiceError({ kind: "sink", action, subject: this.#path, reason, cause: error });
    }
  }
}

/** Where the rejects of a CSV file go. */
export function rejectsPathOf(path: string): string {
  return path.replace(/(?:\.csv)?$/i, ".rejects.jsonl");
}

function csvLine({ menuId, termId, score, matched, kind }: MatchRow): string {
  return `${[menuId, termId, String(score), matched, kind].map(csvField).join(",")}\n`;
}

/** A field as it is written: in quotes where it needs them. */
function csvField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** A file that is written beside its place, and put there when it is whole. */
class TemporaryFile {
  readonly #file: Awaited<ReturnType<typeof open>>;
  readonly #path: string;
  readonly #target: string;
  #isOpen = true;

  private constructor(file: Awaited<ReturnType<typeof open>>, path: string, target: string) {
    this.#file = file;
    this.#path = path;
    this.#target = target;
  }

  static async create(target: string): Promise<TemporaryFile> {
    await mkdir(dirname(target), { recursive: true });
    const path = join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}.sluice-tmp`);
    return new TemporaryFile(await open(path, "wx"), path, target);
  }

  async write(text: string): Promise<void> {
    await this.#file.writeFile(text);
  }

  /** Puts it in its place, over what is there. */
  async finish(): Promise<void> {
    await this.#file.sync();
    await this.#close();
    await rename(this.#path, this.#target);
  }

  /** Never throws. */
  async remove(): Promise<void> {
    await this.#close().catch(() => {});
    await rm(this.#path, { force: true }).catch(() => {});
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }
}
