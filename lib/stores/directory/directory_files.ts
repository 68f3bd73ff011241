import { join } from "node:path";
import { SluiceError } from "../../errors/sluice_error.ts";
import { isOwnPart, type SkippedObject, type SkipReason } from "../skipped_object.ts";
import { compareNames, isObjectName, type ListOptions, type StoredObject } from "../store.ts";
import { fileFailure, isMissing } from "./file_failure.ts";

const pageObjects = 1_000;
const maxStatsInFlight = 32;

type Tell = (skipped: SkippedObject) => void;

/** The files of a folder as objects: their names, paths and ETags. Symbolic links to files are followed. */
export class DirectoryFiles {
  readonly #root: string;
  readonly #only: string | undefined;

  /** @param only The listing shows this object and no other. */
  constructor(root: string, only?: string) {
    this.#root = root;
    this.#only = only;
  }

  /** As `Store` has it. Buffers a page, and the names of the folders that are open. */
  async *list(
    signal: AbortSignal,
    { after = "", onSkipped = () => {} }: ListOptions = {},
  ): AsyncGenerator<StoredObject[]> {
    signal.throwIfAborted();
    const tell = (skipped: SkippedObject) => {
      if (compareNames(skipped.name, after) > 0) onSkipped(skipped);
    };
    let names: string[] = [];
    // One list of entries for each folder that is open, last entry first; folders end in `/`.
    const folders = [this.#only === undefined ? await this.#entries("", tell) : [this.#only]];
    for (let entries = folders.at(-1); entries !== undefined; entries = folders.at(-1)) {
      const entry = entries.pop();
      if (entry === undefined) folders.pop();
      // All that lies in a folder lies where its name does, unless `after` lies in it too.
      else if (compareNames(entry, after) <= 0 && !(entry.endsWith("/") && after.startsWith(entry))) continue;
      else if (entry.endsWith("/")) folders.push(await this.#entries(entry, tell));
      else names.push(entry);
      if (names.length < pageObjects && folders.length > 0) continue;
      signal.throwIfAborted();
      const page = await this.#objects(names, tell);
      names = [];
      if (page.length > 0) yield page;
    }
  }

  /** A folder's entries as names under the root, last one first. */
  async #entries(folder: string, tell: Tell): Promise<string[]> {
    const entries: string[] = [];
    try {
      for await (const { name, isDirectory } of Deno.readDir(join(this.#root, folder))) {
        const entry = folder + name + (isDirectory ? "/" : "");
        if (!isObjectName(name)) {
          if (!isOwnPart(entry)) tell({ name: entry, reason: "hidden" });
        } else if (await this.#isUnnameable(folder + name)) tell({ name: entry, reason: "name_not_utf8" });
        else entries.push(entry);
      }
    } catch (cause) {
      if (!isMissing(cause)) throw fileFailure("source", "list", join(this.#root, folder), cause);
    }
    return entries.sort((a, b) => compareNames(b, a));
  }

  /**
   * Whether a name that was listed is not the file's: the runtime puts U+FFFD for bytes that are no UTF-8, and finds
   * nothing under what it makes of them.
   */
  async #isUnnameable(name: string): Promise<boolean> {
    if (!name.includes("\ufffd")) return false;
    return await Deno.lstat(join(this.#root, name)).then(() => false, isMissing);
  }

  async #objects(names: string[], tell: Tell): Promise<StoredObject[]> {
    const objects: StoredObject[] = [];
    for (let i = 0; i < names.length; i += maxStatsInFlight) {
      const some = names.slice(i, i + maxStatsInFlight);
      const found = await Promise.all(some.map((name) => this.stat(name)));
      for (const [at, object] of found.entries()) {
        if (object !== undefined) {
          objects.push(object);
          continue;
        }
        const reason = await this.#whyNoObject(some[at]!);
        if (reason !== undefined) tell({ name: some[at]!, reason });
      }
    }
    return objects;
  }

  /** `undefined` if nothing is there any more. */
  async #whyNoObject(name: string): Promise<SkipReason | undefined> {
    const path = this.path(name);
    const info = await Deno.lstat(path).catch(() => undefined);
    if (info === undefined || info.isFile || info.isDirectory) return undefined;
    if (!info.isSymlink) return "not_a_file";
    const target = await Deno.stat(path).catch(() => undefined);
    return target === undefined ? "broken_link" : target.isDirectory ? "folder_link" : "not_a_file";
  }

  /** One file as an object; undefined if there is none. */
  async stat(name: string): Promise<StoredObject | undefined> {
    const path = this.path(name);
    try {
      const info = await Deno.stat(path);
      if (!info.isFile) return undefined;
      return { name, etag: etagOf(info), bytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw fileFailure("source", "look at", path, cause);
    }
  }

  /** Where an object's file is. @throws {SluiceError} No file can have that name. */
  path(name: string): string {
    if (/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name)) {
      throw new SluiceError({
        kind: "input",
        action: "use",
        // What is kept beside an output has its name: users know that one.
        subject: `${
          JSON.stringify(name.replace(/^_(?:rejects|skipped)\//, ""))
        } as a file under ${this.#root}`,
        reason: 'it has an empty, "." or ".." segment',
      });
    }
    return join(this.#root, name);
  }
}

/** The ETag of a file as it is. */
export function etagOf(info: Deno.FileInfo): string {
  return [info.size, info.mtime?.getTime() ?? 0, info.ino ?? 0].map((n) => n.toString(16)).join("-");
}
