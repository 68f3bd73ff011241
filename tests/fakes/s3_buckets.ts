import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { contentOf, contentOfFile, discarded, type FakeContent } from "./s3_content.ts";
import { S3Error } from "./s3_http.ts";

/** An object in {@linkcode FakeS3}. */
export interface FakeObject {
  readonly content: FakeContent;
  /** Without quotes. */
  readonly etag: string;
  /** Content type and encoding, encryption, and user metadata (`x-amz-meta-…`): what a GET sends along. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it was written, in milliseconds of the unix time, whole seconds as S3 has them. */
  readonly modifiedMs: number;
  /** Of the whole content; only with `discardBodies`. */
  readonly sha256?: string;
  /** When it was last changed, for objects that are files. */
  readonly version?: string;
}

/** Bytes that belong to no object yet; in a file of their own, in a fake that keeps files. */
export interface Kept {
  readonly content: FakeContent;
  readonly file?: string;
}

export interface FakeBucketsOptions {
  readonly discardBodies?: boolean;
  readonly root?: string;
}

/** The objects of {@linkcode FakeS3}, in memory or as files: what its options of the same names say. */
export class FakeBuckets {
  readonly #buckets = new Map<string, Map<string, FakeObject>>();
  readonly #sortedKeys = new Map<string, string[]>();
  readonly #options: FakeBucketsOptions;

  constructor(names: readonly string[], options: FakeBucketsOptions) {
    this.#options = options;
    for (const name of names) {
      this.#buckets.set(name, new Map());
      if (options.root !== undefined) Deno.mkdirSync(join(options.root, name), { recursive: true });
    }
  }

  /** One object, as it is now. */
  object(bucket: string, key: string): FakeObject | undefined {
    if (this.#options.root !== undefined) this.#lookAtFile(this.#options.root, bucket, key);
    return this.#buckets.get(bucket)?.get(key);
  }

  /** A bucket's keys, in byte order. */
  keys(bucket: string): string[] {
    if (this.#options.root !== undefined) this.#lookAtFolder(this.#options.root, bucket, "");
    let keys = this.#sortedKeys.get(bucket);
    if (keys === undefined) {
      const encoded = [...this.bucket(bucket).keys()].map((key) => Buffer.from(key));
      keys = encoded.sort(Buffer.compare).map((key) => key.toString());
      this.#sortedKeys.set(bucket, keys);
    }
    return keys;
  }

  delete(bucket: string, key: string): void {
    if (this.#options.root !== undefined) removeFile(join(this.#options.root, bucket, key));
    if (this.#buckets.get(bucket)?.delete(key)) this.#sortedKeys.delete(bucket);
  }

  /** Keeps bytes where this fake keeps them; in a file of no name yet where it keeps files. */
  async keep(body: Uint8Array | FakeContent): Promise<Kept> {
    const { root, discardBodies } = this.#options;
    const content = body instanceof Uint8Array ? contentOf([body]) : body;
    if (discardBodies) return { content: discarded(content.bytes) };
    if (root === undefined) return { content };
    const file = join(root, ".uploads", randomUUID());
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(file, ReadableStream.from(content.read(0, content.bytes)));
    return { content: contentOfFile(file), file };
  }

  /** Makes bytes an object; resolves to its ETag. */
  store(bucket: string, key: string, { file, ...rest }: Omit<FakeObject, "modifiedMs"> & Kept): string {
    const objects = this.bucket(bucket), { root } = this.#options;
    let object: FakeObject = { ...rest, modifiedMs: wholeSeconds(Date.now()) };
    if (!objects.has(key)) this.#sortedKeys.delete(bucket);
    if (root !== undefined && file !== undefined) {
      const path = join(root, bucket, key);
      Deno.mkdirSync(dirname(path), { recursive: true });
      Deno.renameSync(file, path);
      object = { ...object, content: contentOfFile(path), version: versionOf(path) };
    }
    objects.set(key, object);
    return object.etag;
  }

  /** @throws {S3Error} There is no such bucket. */
  bucket(bucket: string): Map<string, FakeObject> {
    let objects = this.#buckets.get(bucket);
    if (objects === undefined) {
      const { root } = this.#options;
      if (root === undefined || !isFolder(join(root, bucket))) {
        throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
      }
      this.#buckets.set(bucket, objects = new Map());
    }
    return objects;
  }

  #lookAtFolder(root: string, bucket: string, folder: string): void {
    if (folder === "") { for (const key of this.bucket(bucket).keys()) this.#lookAtFile(root, bucket, key); }
    for (const { name, isDirectory } of Deno.readDirSync(join(root, bucket, folder))) {
      if (isDirectory) this.#lookAtFolder(root, bucket, `${folder}${name}/`);
      else this.#lookAtFile(root, bucket, folder + name);
    }
  }

  #lookAtFile(root: string, bucket: string, key: string): void {
    const objects = this.bucket(bucket), path = join(root, bucket, key);
    const version = versionOf(path), known = objects.get(key);
    if (version === known?.version) return;
    if (version === undefined) objects.delete(key);
    else {
      const modifiedMs = wholeSeconds(Deno.statSync(path).mtime?.getTime() ?? 0);
      objects.set(key, {
        content: contentOfFile(path),
        etag: md5(version),
        headers: {},
        version,
        modifiedMs,
      });
    }
    this.#sortedKeys.delete(bucket);
  }
}

export function md5(data: string | Uint8Array): string {
  return createHash("md5").update(data).digest("hex");
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

/** Changes when a file does; `undefined` if it is missing. */
function versionOf(path: string): string | undefined {
  try {
    const { size, mtime, ino, isFile } = Deno.statSync(path);
    return !isFile ? undefined : `${size}-${mtime?.getTime()}-${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** No error if it is missing. */
export function removeFile(path: string | undefined): void {
  try {
    if (path !== undefined) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
