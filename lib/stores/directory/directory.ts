import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Manifest, manifestName } from "./manifest.ts";
import { type ErrorKind, reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import {
  compareNames,
  ConditionFailedError,
  isObjectName,
  type ListOptions,
  type MarkedObject,
  ObjectChangedError,
  ObjectGoneError,
  type PartLimits,
  RequestRefusedError,
  type Store,
  type StoreAbilities,
  type StoredObject,
  type UnfinishedUpload,
  type Upload,
  type WriteOptions,
} from "../store.ts";
import { newProbeName } from "../probe_name.ts";
import { isOwnPart, type SkippedObject, type SkipReason } from "../skipped_object.ts";
import type { UploadJournal } from "../s3/upload_journal.ts";

const pageObjects = 1_000;
const maxStatsInFlight = 32;
const readChunkBytes = 64 * 1024;
/** What is written, and removed again, to see whether there is room. */
const probeBytes = 4 * 1024;
/** Of files that are written and do not have their names yet. */
const temporaryExtension = ".sluice-tmp";

type Tell = (skipped: SkippedObject) => void;

export interface DirectoryStoreOptions {
  /** The listing shows this object and no other: the store of a single file. */
  readonly only?: string;
  /** Notes temporary files begun and ended. */
  readonly journal?: UploadJournal;
}

/**
 * A folder as a store. An object's ETag is made of its file's size, time of change and inode; marks are kept in
 * a {@linkcode Manifest}. A write goes to a hidden temporary file in its folder, which is then linked or renamed
 * to the object's name. The condition `ifAbsent` holds against any other process; `ifEtag` is checked right
 * before the rename, since file systems have nothing better. The folder is created by the first write; until
 * then the listing is empty. In listings symbolic links to files are followed; those to folders and broken ones are
 * skipped; a write replaces a link to a file, and fails behind a link to a folder that leads out of the store.
 */
export class DirectoryStore implements Store {
  readonly url: string;
  readonly place: string;
  readonly abilities: StoreAbilities;
  readonly partLimits: PartLimits = {
    partBytes: 1024 * 1024,
    maxPartBytes: 1024 * 1024,
    maxParts: Infinity,
  };
  readonly #root: string;
  readonly #only: string | undefined;
  readonly #manifest: Manifest;
  readonly #journal: UploadJournal | undefined;

  constructor(root: string, options: DirectoryStoreOptions = {}) {
    this.#root = resolve(root);
    this.#only = options.only;
    this.#journal = options.journal;
    this.#manifest = new Manifest(this.#root);
    this.url = this.place = pathToFileURL(join(this.#root, "/")).href;
    const marksAreKept = `in ${join(this.#root, manifestName)}`;
    this.abilities = { marksCostRequests: false, isOnNetwork: false, marksAreKept };
  }

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

  async head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined> {
    signal.throwIfAborted();
    const object = await this.#stat(name);
    return object && { ...object, mark: this.#manifest.get(name, object.etag) };
  }

  async read(
    object: StoredObject,
    offset: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    signal.throwIfAborted();
    const path = this.#path(object.name);
    const file = await Deno.open(path).catch((cause) => {
      if (isMissing(cause)) {
        throw new ObjectGoneError({ action: "read", subject: path, reason: "it is gone", cause });
      }
      throw failure("source", "read", path, cause);
    });
    const checkUnchanged = async () => {
      const etag = etagOf(await file.stat());
      if (etag === object.etag) return;
      const reason = `it was ${object.etag} when listed and is ${etag} now`;
      throw new ObjectChangedError({ action: "read", subject: path, reason });
    };
    try {
      await checkUnchanged();
      await file.seek(offset, Deno.SeekMode.Start);
    } catch (error) {
      file.close();
      throw error;
    }
    let isOpen = true;
    const close = () => {
      if (isOpen) file.close();
      isOpen = false;
      signal.removeEventListener("abort", onAbort);
    };
    let onAbort = () => {};
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        onAbort = () => {
          close();
          controller.error(signal.reason);
        };
        signal.addEventListener("abort", onAbort);
      },
      async pull(controller) {
        try {
          const buffer = new Uint8Array(readChunkBytes);
          const count = await file.read(buffer);
          if (count !== null) return controller.enqueue(buffer.subarray(0, count));
          await checkUnchanged();
          close();
          controller.close();
        } catch (error) {
          // An abort has closed the file under the read, and has said so to the reader.
          if (signal.aborted) return;
          close();
          throw error instanceof ObjectChangedError ? error : failure("source", "read", path, error);
        }
      },
      cancel: close,
    }, { highWaterMark: 0 });
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>, options: WriteOptions): Promise<string> {
    const upload = await this.startUpload(name, options);
    try {
      await upload.part(1, 0, bytes, options.signal);
      return await upload.complete(options.signal);
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  async startUpload(name: string, options: WriteOptions): Promise<Upload> {
    options.signal.throwIfAborted();
    const path = this.#path(name);
    // Cut, so that the temporary name is not too long where the object's own name is just short enough.
    const temporaryName = `.${basename(path).slice(0, 40)}.${crypto.randomUUID()}${temporaryExtension}`;
    const temporary = join(dirname(path), temporaryName);
    try {
      await this.#refuseOutside(dirname(path));
      await refuseFolder(path);
      await Deno.mkdir(dirname(path), { recursive: true });
      this.#journal?.begun(this.place, name, temporaryName);
      (await Deno.open(temporary, { write: true, createNew: true })).close();
    } catch (cause) {
      this.#journal?.ended(temporaryName);
      throw failure("sink", "write", path, cause);
    }
    const abort = async () => {
      // It may be gone already; if it cannot be removed, it stays hidden, and the failure that led here is reported.
      await this.#removeTemporary(temporary).catch(() => {});
    };
    return {
      id: temporaryName,
      part: (_number, offset, bytes, signal) => writeAt(temporary, path, offset, bytes, signal),
      complete: async (signal) => {
        try {
          signal.throwIfAborted();
          const etag = await this.#complete(name, path, temporary, options);
          this.#journal?.ended(temporaryName);
          return etag;
        } catch (error) {
          await abort();
          throw error;
        }
      },
      abort,
    };
  }

  async tryWriting(signal: AbortSignal): Promise<void> {
    try {
      const options = { condition: "always", contentType: "application/octet-stream", signal } as const;
      const upload = await this.startUpload(newProbeName(), options);
      try {
        await upload.part(1, 0, new Uint8Array(probeBytes), signal);
      } finally {
        await upload.abort();
      }
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof SluiceError ? error.reason : reasonOf(error);
      const what = { kind: "sink", action: "write to", subject: this.#root } as const;
      throw new RequestRefusedError({ ...what, reason, cause: error });
    }
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const path = this.#path(name);
    try {
      await this.#refuseOutside(dirname(path));
      if (!(await Deno.lstat(path)).isDirectory) await Deno.remove(path);
    } catch (cause) {
      if (!isMissing(cause)) throw failure("sink", "remove", path, cause);
    }
    this.#manifest.remove(name);
  }

  async *unfinishedUploads(signal: AbortSignal): AsyncGenerator<UnfinishedUpload> {
    const folders = [""];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      signal.throwIfAborted();
      // Others write here meanwhile: what is gone when it is looked at is no news. Nor is a folder that others keep shut.
      for (const { name, isDirectory, isFile } of await entriesOf(join(this.#root, folder))) {
        if (isDirectory) folders.push(`${folder}${name}/`);
        if (!isFile || !isTemporary(name)) continue;
        const info = await Deno.lstat(join(this.#root, folder, name)).catch(() => undefined);
        if (info === undefined) continue;
        const uuid = name.lastIndexOf(".", name.length - temporaryExtension.length - 1);
        yield { name: folder + name.slice(1, uuid), id: name, begunMs: info.mtime?.getTime() ?? Date.now() };
      }
    }
  }

  async removeUpload(name: string, id: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const path = join(dirname(this.#path(name)), id);
    if (!isTemporary(id)) {
      const reason = "its name is not an unfinished file's";
      throw new SluiceError({ kind: "internal", action: "remove", subject: path, reason });
    }
    await this.#removeTemporary(path);
  }

  close(): Promise<void> {
    this.#manifest.close();
    return Promise.resolve();
  }

  /** A link to a folder may lead anywhere; what is written and removed is under the root. */
  async #refuseOutside(folder: string): Promise<void> {
    const realPath = (path: string) =>
      Deno.realPath(path).catch((error) => {
        if (!isMissing(error)) throw error;
      });
    const root = await realPath(this.#root);
    if (root === undefined) return; // nothing is there yet that could lead anywhere
    for (let existing = folder; existing.length > this.#root.length; existing = dirname(existing)) {
      const real = await realPath(existing);
      if (real === undefined) continue;
      if (real.startsWith(join(root, "/"))) return;
      throw new Error(`a symbolic link leads out of ${root}, to ${real}`);
    }
  }

  async #removeTemporary(path: string): Promise<void> {
    try {
      await this.#refuseOutside(dirname(path));
      await Deno.remove(path);
    } catch (cause) {
      if (!isMissing(cause)) throw failure("sink", "remove unfinished", path, cause);
    }
    this.#journal?.ended(basename(path));
  }

  async #complete(name: string, path: string, temporary: string, options: WriteOptions): Promise<string> {
    const { condition, mark } = options;
    let etag: string;
    let noted = false;
    const note = (replaced?: string) => {
      if (mark === undefined) return;
      this.#manifest.set(name, etag, mark, replaced);
      noted = true;
    };
    try {
      using file = await Deno.open(temporary, { read: true, write: true });
      // Without it, a crash of the machine might leave the name with nothing behind it.
      await file.syncData();
      etag = etagOf(await file.stat());
      if (condition !== "always" && "ifAbsent" in condition) {
        note();
        await Deno.link(temporary, path);
      } else {
        if (condition !== "always") await this.#checkEtag(name, path, condition.ifEtag);
        note(condition === "always" ? undefined : condition.ifEtag);
        await Deno.rename(temporary, path);
      }
    } catch (cause) {
      if (noted) this.#manifest.remove(name, etag!);
      if (cause instanceof SluiceError) throw cause;
      if (cause instanceof Deno.errors.AlreadyExists) {
        await refuseFolder(path).catch((cause) => {
          throw failure("sink", "write", path, cause);
        });
        const reason = "another writer has written it";
        throw new ConditionFailedError({ action: "write", subject: path, reason, cause });
      }
      throw failure("sink", "write", path, cause);
    }
    // A second name of the same file; if it stays, it is an unfinished file of an earlier run.
    if (condition !== "always" && "ifAbsent" in condition) await Deno.remove(temporary).catch(() => {});
    return etag;
  }

  async #checkEtag(name: string, path: string, etag: string): Promise<void> {
    const present = (await this.#stat(name))?.etag;
    if (present === etag) return;
    const now = present === undefined ? "is gone" : `is ${present} now`;
    const reason = `it was ${etag} when seen and ${now}`;
    throw new ConditionFailedError({ action: "write", subject: path, reason });
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
      if (!isMissing(cause)) throw failure("source", "list", join(this.#root, folder), cause);
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
      const found = await Promise.all(some.map((name) => this.#stat(name)));
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
    const path = this.#path(name);
    const info = await Deno.lstat(path).catch(() => undefined);
    if (info === undefined || info.isFile || info.isDirectory) return undefined;
    if (!info.isSymlink) return "not_a_file";
    const target = await Deno.stat(path).catch(() => undefined);
    return target === undefined ? "broken_link" : target.isDirectory ? "folder_link" : "not_a_file";
  }

  async #stat(name: string): Promise<StoredObject | undefined> {
    const path = this.#path(name);
    try {
      const info = await Deno.stat(path);
      if (!info.isFile) return undefined;
      return { name, etag: etagOf(info), bytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw failure("source", "look at", path, cause);
    }
  }

  #path(name: string): string {
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

/** Opens the file for each part: the place of a handle is shared, and parts are written side by side. */
async function writeAt(
  temporary: string,
  path: string,
  offset: number,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  try {
    using file = await Deno.open(temporary, { write: true });
    await file.seek(offset, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) {
      done += await file.write(bytes.subarray(done));
      signal.throwIfAborted();
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw failure("sink", "write", path, cause);
  }
}

/** @throws {Error} A folder has the name of an object. */
async function refuseFolder(path: string): Promise<void> {
  const present = await Deno.lstat(path).catch((error) => {
    if (!isMissing(error)) throw error;
  });
  if (present?.isDirectory) {
    throw new Error("a folder of that name is there; move it away, or write elsewhere");
  }
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch {
    return [];
  }
}

function isTemporary(name: string): boolean {
  return /^\.[^/]+\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.sluice-tmp$/.test(name);
}

function etagOf(info: Deno.FileInfo): string {
  return [info.size, info.mtime?.getTime() ?? 0, info.ino ?? 0].map((n) => n.toString(16)).join("-");
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop;
}

function failure(kind: ErrorKind, action: string, subject: string, cause: unknown): SluiceError {
  return SluiceError.from(cause, { kind, action, subject });
}
