import { join } from "node:path";
import { reasonOf } from "../../errors/sluice_error.ts";

/** An upload that its process began and did not bring to an end. */
export interface OrphanedUpload {
  /** Address of the store that it was begun in. */
  readonly store: string;
  readonly name: string;
  readonly id: string;
}

/** What a process that is dead has left behind. */
export interface Orphans {
  readonly uploads: readonly OrphanedUpload[];
  /** Says that one has been removed. */
  forget(id: string): void;
  /** Lets others look at them. */
  release(): void;
}

const extension = ".uploads";
/** The file is rewritten when this many of its lines are obsolete: some 2 MB. */
const maxSpentLines = 20_000;

/**
 * Notes which uploads this process has begun, so that the next one can remove at once what a process that was killed
 * left behind, and the uploads of a live process are left alone.
 *
 * One file for each process, locked as long as the process lives (the system gives the lock back, however it ends)
 * and created with its first upload. A process that ends with nothing unfinished takes its file along. An aid: where
 * the folder cannot be written, one message says so, and what is left behind stays until `--abandon-after`. Machines
 * must not share the folder where the file system keeps locks to each machine.
 */
export class UploadJournal implements Disposable {
  readonly #folder: string;
  readonly #onTrouble: (message: string) => void;
  readonly #unfinished = new Map<string, unknown>();
  /** Lines that are obsolete. */
  #spentLines = 0;
  #file: { readonly file: Deno.FsFile; readonly path: string } | undefined;
  #isUsable = true;

  /** @param onTrouble Called with why nothing can be noted. */
  constructor(folder: string, onTrouble: (message: string) => void) {
    this.#folder = folder;
    this.#onTrouble = onTrouble;
  }

  begun(store: string, name: string, id: string): void {
    const line = { begun: { store, name, id } };
    this.#unfinished.set(id, line);
    this.#note(line);
  }

  /** Completed, or removed. */
  ended(id: string): void {
    if (!this.#unfinished.delete(id)) return;
    this.#spentLines += 2;
    if (this.#spentLines < maxSpentLines) this.#note({ ended: id });
    else this.#rewrite();
  }

  /** Uploads that living processes have begun, this one included. */
  living(): Set<string> {
    const living = new Set(this.#unfinished.keys());
    for (const path of this.#files()) {
      const dead = openLocked(path);
      if (dead === undefined) { for (const { id } of unfinishedOf(path) ?? []) living.add(id); }
      dead?.close();
    }
    return living;
  }

  /** What processes that are dead have left behind in this folder, one after another. */
  *orphans(): Generator<Orphans> {
    for (const path of this.#files()) {
      const file = openLocked(path);
      if (file === undefined) continue;
      const uploads = unfinishedOf(path);
      if (uploads === undefined) {
        file.close();
        continue;
      }
      const left = new Set(uploads.map(({ id }) => id));
      yield {
        uploads,
        forget(id) {
          left.delete(id);
          append(file, { ended: id });
        },
        release() {
          if (left.size === 0) removeQuietly(path);
          file.close();
        },
      };
    }
  }

  [Symbol.dispose](): void {
    if (this.#file === undefined) return;
    if (this.#unfinished.size === 0) removeQuietly(this.#file.path);
    this.#file.file.close();
    this.#file = undefined;
    this.#isUsable = false;
  }

  #note(line: unknown): void {
    if (!this.#isUsable) return;
    try {
      this.#file ??= this.#create();
      append(this.#file.file, line);
    } catch (error) {
      this.#isUsable = false;
      const cause = reasonOf(error);
      this.#onTrouble(`Continuing without notes of unfinished uploads in ${this.#folder}: ${cause}`);
    }
  }

  /** Rewrites the file without its obsolete lines. */
  #rewrite(): void {
    this.#spentLines = 0;
    try {
      this.#file?.file.truncateSync(0);
    } catch {
      return; // it grows on
    }
    for (const line of this.#unfinished.values()) this.#note(line);
  }

  #create() {
    Deno.mkdirSync(this.#folder, { recursive: true });
    const id = crypto.randomUUID();
    // Locked before it has the name by which others find it.
    const hidden = join(this.#folder, `.${id}`), path = join(this.#folder, id + extension);
    const file = Deno.openSync(hidden, { append: true, createNew: true });
    file.lockSync(true);
    Deno.renameSync(hidden, path);
    return { file, path };
  }

  #files(): string[] {
    try {
      return [...Deno.readDirSync(this.#folder)].filter(({ name }) => name.endsWith(extension)).map(
        ({ name }) => join(this.#folder, name),
      );
    } catch {
      return []; // No folder: no process has left anything. If it cannot be read, writing the first note fails.
    }
  }
}

/** Files are open to append. */
function append(file: Deno.FsFile, line: unknown): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** The file under its lock; `undefined` where its process lives, or another process looks at it. */
function openLocked(path: string): Deno.FsFile | undefined {
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(path, { read: true, append: true });
    if (file.tryLockSync(true)) return file;
  } catch {
    // Another writer has removed it in between, or it is not ours to open.
  }
  file?.close();
}

/** `undefined` where the file is gone, or cannot be read. */
function unfinishedOf(path: string): OrphanedUpload[] | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
  const unfinished = new Map<string, OrphanedUpload>();
  for (const line of text.split("\n")) {
    try {
      const { begun, ended } = JSON.parse(line);
      if (begun) unfinished.set(begun.id, begun);
      else unfinished.delete(ended);
    } catch {
      // The last line of a process that was killed in the middle of it.
    }
  }
  return [...unfinished.values()];
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It does no harm.
  }
}
