/**
 * The seam to the places where objects live: `s3/s3.ts` and `directory/directory.ts`; for tests, a store in memory and an S3
 * in process (`tests/fakes/`). Sources read and sinks write objects through it.
 */
import { SluiceError, type SluiceErrorOptions } from "../errors/sluice_error.ts";
import type { SkippedObject } from "./skipped_object.ts";

/** An object as a listing shows it. */
export interface StoredObject {
  /** Name under the store's prefix, `/` between folders. */
  readonly name: string;
  /** Changes whenever the content does. */
  readonly etag: string;
  readonly bytes: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** What Sluice writes beside an output object, to know it again. */
export interface Mark {
  /** ETag of the source object that the output was made from. */
  readonly sourceEtag: string;
  /** Fingerprint of the recipe that it was made with. */
  readonly recipe: string;
  /** Number of records in its rejects object; 0 if it has no such object. */
  readonly rejects: number;
  /** Whose answers the output holds. Absent from outputs of Sluice 0.2 and earlier. */
  readonly answers?: AnswersOrigin;
}

/** Whose answers an output holds, or an export of a cache. */
export interface AnswersOrigin {
  /** Fingerprint of all that an answer depends on. Answers belong together if this is equal. */
  readonly fingerprint: string;
  /** The same for people, `NAME:VERSION` and the normalization: `seniority:1, keys exact`. May be cut. */
  readonly model: string;
}

/** An object with what was written beside it. */
export interface MarkedObject extends StoredObject {
  /** Absent where Sluice did not write the object, or where that is not known any more. */
  readonly mark?: Mark;
}

/** Under which condition a write becomes visible. */
export type WriteCondition =
  /** Only where no object of that name exists. */
  | { readonly ifAbsent: true }
  /** Only over the object with this ETag. */
  | { readonly ifEtag: string }
  /** Always. */
  | "always";

export interface WriteOptions {
  /** Absent for objects that are no output: rejects, samples. */
  readonly mark?: Mark;
  readonly condition: WriteCondition;
  /** `application/x-ndjson` for records. */
  readonly contentType: string;
  /** `gzip`, where the content is. */
  readonly contentEncoding?: string;
  readonly signal: AbortSignal;
}

/** An output in several parts: visible at once when completed, or never. */
export interface Upload {
  /** What the store knows it by. */
  readonly id: string;
  /**
   * Sends one part. The bytes may be reused once the promise is settled. Parts may be sent side by side.
   *
   * @param number From 1, without gaps.
   * @param offset Where the part begins in the whole object, in bytes.
   */
  part(number: number, offset: number, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void>;
  /**
   * Makes the object visible; resolves to its ETag.
   *
   * @throws {ConditionFailedError} The condition did not hold; the upload is gone.
   * @throws {WriteConflictError} The parts have to be sent again; the upload is gone.
   */
  complete(signal: AbortSignal): Promise<string>;
  /** Removes all parts. Never throws; safe to call after `complete` has failed. */
  abort(): Promise<void>;
}

/** An upload that was begun and neither completed nor aborted. */
export interface UnfinishedUpload {
  /** Name under the store's prefix; a directory may have cut it short. */
  readonly name: string;
  /** What the store knows it by. */
  readonly id: string;
  /** When it was begun (a directory: last written to), in milliseconds since 1970. */
  readonly begunMs: number;
}

export interface PartLimits {
  /** Size of the first parts, in bytes. */
  readonly partBytes: number;
  /** The largest a part may become, in bytes. */
  readonly maxPartBytes: number;
  readonly maxParts: number;
}

/** What a kind of store has that others do not have. Callers ask here; they never read it off a URL. */
export interface StoreAbilities {
  /** Whether reading a mark costs a request, so that a ledger of marks is worth keeping. */
  readonly marksCostRequests: boolean;
  /** Whether the URL names the same objects on every machine. A folder's does so only where machines mount it at the same path. */
  readonly isOnNetwork: boolean;
  /** Where marks are kept, for messages: `in the metadata of objects`. */
  readonly marksAreKept?: string;
  /** How notifications of new objects name the store's objects: the bucket, and what stands before a name in a key. */
  readonly notifications?: { readonly bucket: string; readonly prefix: string };
}

export interface ListOptions {
  /** Only names behind this one; there need be no such object. */
  readonly after?: string;
  /**
   * Whether pages may come in another order than that of their names: some servers list folder by folder. Otherwise that is
   * an error.
   */
  readonly anyOrder?: boolean;
  /** Called with what is there and is not listed, before the page that it would be on; a hidden folder is one. */
  readonly onSkipped?: (skipped: SkippedObject) => void;
}

export interface Store {
  /** The store's address, without secrets, ending in `/`. */
  readonly url: string;
  readonly abilities: StoreAbilities;
  /** Identifies the store: its address, with the server's where that is not in it. */
  readonly place: string;
  readonly partLimits: PartLimits;
  /**
   * Lists all objects under the prefix, in the order of their names' UTF-8 bytes (within a page, if any order will do), a page
   * at a time. Buffers one
   * page (a directory: the names of one folder). Names with a segment that begins with `_` or `.` are left out, and
   * what a store holds that is no object (see `SkipReason`); but for what Sluice keeps for itself, they are told.
   */
  list(signal: AbortSignal, options?: ListOptions): AsyncIterable<StoredObject[]>;
  /** What the address may have meant, if nothing lies under it; `undefined` if there is no guess. */
  guess?(signal: AbortSignal): Promise<string | undefined>;
  /** One object and its mark; undefined if it does not exist. */
  head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined>;
  /**
   * The object's bytes from `offset` on, as stored (no content encoding is undone). The chunks' buffers are the
   * caller's, who may detach them: no two share one.
   *
   * @throws {ObjectGoneError} There is no such object any more.
   * @throws {ObjectChangedError} Its ETag is another one now.
   */
  read(
    object: StoredObject,
    offset: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /**
   * Writes a whole object at once; resolves to its ETag.
   *
   * @throws {ConditionFailedError} @throws {WriteConflictError}
   */
  put(name: string, bytes: Uint8Array<ArrayBuffer>, options: WriteOptions): Promise<string>;
  /** Begins an output in several parts. */
  startUpload(name: string, options: WriteOptions): Promise<Upload>;
  /**
   * Tries to write, before anything is paid for that would be written, and leaves nothing behind. Finds out what it can about
   * conditions on the way.
   *
   * @throws {RequestRefusedError} Nothing can be written.
   */
  tryWriting?(signal: AbortSignal): Promise<void>;
  /**
   * Refuses a name that the store does not keep apart from others: some servers take `a//b` for `a/b`.
   *
   * @throws {SluiceError}
   */
  checkName?(name: string, signal: AbortSignal): Promise<void>;
  /** Removes an object; no error if it does not exist. */
  remove(name: string, signal: AbortSignal): Promise<void>;
  /** Unfinished uploads under the prefix, also those of other programs, in no order. Buffers one page. */
  unfinishedUploads(signal: AbortSignal): AsyncIterable<UnfinishedUpload>;
  /** Removes an unfinished upload with its parts; no error if it does not exist. */
  removeUpload(name: string, id: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

type StoreErrorOptions = Omit<SluiceErrorOptions, "kind">;

/** The object was listed, but is not there any more. */
export class ObjectGoneError extends SluiceError {
  override readonly name = "ObjectGoneError";

  constructor(options: StoreErrorOptions) {
    super({ kind: "source", ...options, cause: options.cause });
  }
}

/** The object is no longer the one that was listed. */
export class ObjectChangedError extends SluiceError {
  override readonly name = "ObjectChangedError";

  constructor(options: StoreErrorOptions) {
    super({ kind: "source", ...options, cause: options.cause });
  }
}

/**
 * The store refuses a request, and would refuse it again: it is not allowed, or makes no sense to it. Asking again is in
 * vain.
 */
export class RequestRefusedError extends SluiceError {
  override readonly name: string = "RequestRefusedError";
}

/** The object lies in an archive and has to be restored before it can be read. */
export class ObjectArchivedError extends RequestRefusedError {
  override readonly name = "ObjectArchivedError";
}

/** The store takes no request with these credentials: there are none, or they have expired, or are wrong. */
export class CredentialsError extends RequestRefusedError {
  override readonly name = "CredentialsError";
}

/** Another writer has written the output in the meantime (HTTP 412). */
export class ConditionFailedError extends SluiceError {
  override readonly name = "ConditionFailedError";

  constructor(options: StoreErrorOptions) {
    super({ kind: "sink", ...options, cause: options.cause });
  }
}

/** The store asks for the whole output to be sent again (HTTP 409). */
export class WriteConflictError extends SluiceError {
  override readonly name = "WriteConflictError";

  constructor(options: StoreErrorOptions) {
    super({ kind: "sink", ...options, cause: options.cause });
  }
}

/**
 * Orders names as stores do: by their UTF-8 bytes, which is by code points. Negative, 0 or positive.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { compareNames } from "./store.ts";
 *
 * assertEquals(["👔", "\uff21", "b", "B"].toSorted(compareNames), ["B", "b", "\uff21", "👔"]);
 * ```
 */
export function compareNames(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    // UTF-16 puts surrogates (code points above U+FFFF) before U+E000–U+FFFF; code points do not.
    const xs = x >= 0xd800 && x <= 0xdfff, ys = y >= 0xd800 && y <= 0xdfff;
    return xs === ys ? x - y : xs ? 1 : -1;
  }
  return a.length - b.length;
}

/** Whether a name is an object's, rather than something that Sluice or others keep beside the objects. */
export function isObjectName(name: string): boolean {
  return !/(?:^|\/)[_.]/.test(name) && name !== "" && !name.endsWith("/");
}
