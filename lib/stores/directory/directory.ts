import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DirectoryFiles, etagOf } from "./directory_files.ts";
import { fileFailure, isMissing } from "./file_failure.ts";
import { Manifest, manifestName } from "./manifest.ts";
import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import {
  ConditionFailedError,
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
import type { UploadJournal } from "../s3/upload_journal.ts";

const readChunkBytes = 64 * 1024;
/** What is written, and removed again, to see whether there is room. */
const probeBytes = 4 * 1024;
/** Of files that are written and do not have their names yet. */
const temporaryExtension = ".sluice-tmp";

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
  readonly #files: DirectoryFiles;
  readonly #manifest: Manifest;
  readonly #journal: UploadJournal | undefined;

  constructor(root: string, options: DirectoryStoreOptions = {}) {
    this.#root = resolve(root);
    this.#files = new DirectoryFiles(this.#root, options.only);
    this.#journal = options.journal;
    this.#manifest = new Manifest(this.#root);
    this.url = this.place = pathToFileURL(join(this.#root, "/")).href;
    const marksAreKept = `in ${join(this.#root, manifestName)}`;
    this.abilities = { marksCostRequests: false, isOnNetwork: false, marksAreKept };
  }

  list(signal: AbortSignal, options?: ListOptions): AsyncGenerator<StoredObject[]> {
    return this.#files.list(signal, options);
  }

  async head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined> {
    signal.throwIfAborted();
    const object = await this.#files.stat(name);
    return object && { ...object, mark: this.#manifest.get(name, object.etag) };
  }

  async read(
    object: StoredObject,
    offset: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    signal.throwIfAborted();
    const path = this.#files.path(object.name);
    const file = await Deno.open(path).catch((cause) => {
      if (isMissing(cause)) {
        throw new ObjectGoneError({ action: "read", subject: path, reason: "it is gone", cause });
      }
      throw fileFailure("source", "read", path, cause);
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
          throw error instanceof ObjectChangedError ? error : fileFailure("source", "read", path, error);
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
    const path = this.#files.path(name);
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
      throw fileFailure("sink", "write", path, cause);
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
    const path = this.#files.path(name);
    try {
      await this.#refuseOutside(dirname(path));
      if (!(await Deno.lstat(path)).isDirectory) await Deno.remove(path);
    } catch (cause) {
      if (!isMissing(cause)) throw fileFailure("sink", "remove", path, cause);
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
    const path = join(dirname(this.#files.path(name)), id);
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
      if (!isMissing(cause)) throw fileFailure("sink", "remove unfinished", path, cause);
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
          throw fileFailure("sink", "write", path, cause);
        });
        const reason = "another writer has written it";
        throw new ConditionFailedError({ action: "write", subject: path, reason, cause });
      }
      throw fileFailure("sink", "write", path, cause);
    }
    // A second name of the same file; if it stays, it is an unfinished file of an earlier run.
    if (condition !== "always" && "ifAbsent" in condition) await Deno.remove(temporary).catch(() => {});
    return etag;
  }

  async #checkEtag(name: string, path: string, etag: string): Promise<void> {
    const present = (await this.#files.stat(name))?.etag;
    if (present === etag) return;
    const now = present === undefined ? "is gone" : `is ${present} now`;
    const reason = `it was ${etag} when seen and ${now}`;
    throw new ConditionFailedError({ action: "write", subject: path, reason });
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
    throw fileFailure("sink", "write", path, cause);
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
