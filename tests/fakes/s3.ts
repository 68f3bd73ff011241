import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { concatenated, contentOf, contentOfFile, discarded, type FakeContent, PartsHash } from "./s3_content.ts";
import {
  type FakeAnswer,
  type FakeRequest,
  Fault,
  type FaultAction,
  type FaultMatch,
  type FaultOptions,
  type S3Operation,
} from "./s3_fault.ts";

/** An object in {@linkcode FakeS3}. */
export interface FakeObject {
  readonly content: FakeContent;
  /** Without quotes. */
  readonly etag: string;
  /** Content type and encoding, encryption, and user metadata (`x-amz-meta-…`): what a GET sends along. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the whole content; only with `discardBodies`. */
  readonly sha256?: string;
  /** When it was last changed, for objects that are files. */
  readonly version?: string;
}

interface FakeUpload {
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, { etag: string; content: FakeContent }>;
  readonly hash: PartsHash;
}

export interface FakeS3Options {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Buckets to begin with. Folders of `root` are buckets too. */
  readonly buckets?: readonly string[];
  /** The longest page of a listing, at most and by default 1,000. */
  readonly maxKeys?: number;
  /** The smallest part but for the last, 5 MiB by default as in S3. */
  readonly minPartBytes?: number;
  /** Keeps the length and SHA-256 of what is written, not the bytes. */
  readonly discardBodies?: boolean;
  /**
   * Keeps objects as files, a folder for each bucket, and sees files that others put there. What a file cannot
   * hold (metadata, and so on) is in memory only. Keys must be good paths.
   */
  readonly root?: string;
}

class S3Error extends Error {
  constructor(readonly status: number, readonly code: string, message = code) {
    super(message);
  }
}

/** Sent back with an object by GET and HEAD as it was given by the write. */
const keptHeaders = /^(?:content-type|content-encoding|x-amz-meta-.*|x-amz-server-side-encryption.*)$/;

/**
 * An S3 over HTTP, in process, path style, as far as Sluice uses it: listing in pages, ranges, conditions,
 * multipart uploads, metadata. It looks at whether requests are signed, not by whom. Every request is recorded,
 * and {@linkcode FakeS3.fault} makes any of them fail in any way.
 */
export class FakeS3 implements AsyncDisposable {
  /** All requests, in the order in which they came in. */
  readonly requests: FakeRequest[] = [];
  readonly #buckets = new Map<string, Map<string, FakeObject>>();
  readonly #sortedKeys = new Map<string, string[]>();
  readonly #uploads = new Map<string, FakeUpload>();
  readonly #faults: Fault[] = [];
  readonly #options: FakeS3Options;
  readonly #server: Server;

  private constructor(options: FakeS3Options) {
    this.#options = options;
    for (const bucket of options.buckets ?? []) this.#buckets.set(bucket, new Map());
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Starts one on the loopback interface. */
  static async start(options: FakeS3Options = {}): Promise<FakeS3> {
    const fake = new FakeS3(options);
    fake.#server.listen(options.port ?? 0, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  /** `http://127.0.0.1:PORT`. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Stores an object, without a request; resolves to its ETag. */
  put(bucket: string, key: string, body: string | Uint8Array, headers: Record<string, string> = {}): string {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return this.#store(bucket, key, { content: contentOf([bytes]), etag: md5(bytes), headers });
  }

  /** Stores an object whose bytes are a file's, read when asked for. */
  putFile(bucket: string, key: string, path: string, headers: Record<string, string> = {}): string {
    return this.#store(bucket, key, { content: contentOfFile(path), etag: md5(randomUUID()), headers });
  }

  /** Stores an object of any content, a generated one for instance. */
  putContent(bucket: string, key: string, content: FakeContent, headers: Record<string, string> = {}): string {
    return this.#store(bucket, key, { content, etag: md5(randomUUID()), headers });
  }

  /** One object, as it is now. */
  object(bucket: string, key: string): FakeObject | undefined {
    if (this.#options.root !== undefined) this.#lookAtFile(this.#options.root, bucket, key);
    return this.#buckets.get(bucket)?.get(key);
  }

  /** All bytes of an object. */
  async bytes(bucket: string, key: string): Promise<Uint8Array> {
    const object = this.object(bucket, key);
    if (object === undefined) throw new Error(`Cannot read s3://${bucket}/${key}: there is no such object`);
    return Buffer.concat(await Array.fromAsync(object.content.read(0, object.content.bytes)));
  }

  async text(bucket: string, key: string): Promise<string> {
    return new TextDecoder().decode(await this.bytes(bucket, key));
  }

  /** A bucket's keys, in byte order. */
  keys(bucket: string): string[] {
    if (this.#options.root !== undefined) this.#lookAtFolder(this.#options.root, bucket, "");
    let keys = this.#sortedKeys.get(bucket);
    if (keys === undefined) {
      const encoded = [...this.#bucket(bucket).keys()].map((key) => Buffer.from(key));
      keys = encoded.sort(Buffer.compare).map((key) => key.toString());
      this.#sortedKeys.set(bucket, keys);
    }
    return keys;
  }

  delete(bucket: string, key: string): void {
    if (this.#options.root !== undefined) removeFile(join(this.#options.root, bucket, key));
    if (this.#buckets.get(bucket)?.delete(key)) this.#sortedKeys.delete(bucket);
  }

  /** Multipart uploads that are neither completed nor aborted. */
  unfinishedUploads(): { bucket: string; key: string; uploadId: string; parts: number }[] {
    return [...this.#uploads].map(([uploadId, { bucket, key, parts }]) => ({
      bucket,
      key,
      uploadId,
      parts: parts.size,
    }));
  }

  /** Recorded requests of one operation. */
  count(operation: S3Operation): number {
    return this.requests.filter((request) => request.operation === operation).length;
  }

  /** Has the next requests that match fail. Of several faults, the one that was set first meets a request. */
  fault(match: FaultMatch, action: FaultAction, options: FaultOptions = {}): Fault {
    const fault = new Fault(match, action, options);
    this.#faults.push(fault);
    return fault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Uint8Array>));
      const request = requestOf(incoming, body.length);
      this.requests.push(request);
      const fault = this.#faults.find((fault) => fault.meets(request));
      const proceed = () => this.#answer(request, body);
      const answer = fault === undefined ? await proceed() : await faulty(fault.action, request, proceed);
      if (answer === "cut") return void incoming.socket.destroy();
      await send(response, answer);
    } catch {
      // The client has gone, or a body has failed in the middle.
      incoming.socket.destroy();
    }
  }

  async #answer(request: FakeRequest, body: Uint8Array): Promise<FakeAnswer> {
    try {
      if (!request.headers.has("authorization")) throw new S3Error(403, "AccessDenied", "Access Denied");
      if (request.headers.get("x-amz-content-sha256")?.startsWith("STREAMING-")) {
        throw new S3Error(501, "NotImplemented", "Bodies in signed chunks are not implemented");
      }
      return await this.#operate(request, body);
    } catch (error) {
      if (error instanceof S3Error) return errorAnswer(error.status, error.code, error.message, request.method);
      return errorAnswer(500, "InternalError", (error as Error).message, request.method);
    }
  }

  async #operate(request: FakeRequest, body: Uint8Array): Promise<FakeAnswer> {
    const { operation, bucket, key, query, headers } = request;
    this.#bucket(bucket);
    switch (operation) {
      case "ListObjectsV2":
        return this.#list(bucket, query);
      case "HeadBucket":
        return { status: 200 };
      case "HeadObject":
      case "GetObject":
        return this.#get(request);
      case "PutObject": {
        this.#checkCondition(bucket, key, headers);
        const content = await this.#keep(bucket, key, body);
        this.#checkCondition(bucket, key, headers);
        const sha256 = this.#options.discardBodies ? sha256Of(body) : undefined;
        const kept = keptOf(headers);
        return etagAnswer(this.#store(bucket, key, { content, etag: md5(body), headers: kept, sha256 }));
      }
      case "DeleteObject":
        this.delete(bucket, key);
        return { status: 204 };
      case "CreateMultipartUpload": {
        const id = randomUUID();
        this.#uploads.set(id, { bucket, key, headers: keptOf(headers), parts: new Map(), hash: new PartsHash() });
        return xml("InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`);
      }
      case "UploadPart": {
        const upload = this.#upload(query), number = Number(query.get("partNumber"));
        if (!(number >= 1 && number <= 10_000)) throw new S3Error(400, "InvalidArgument", "Bad part number");
        const etag = md5(body);
        const content = await this.#keep(".uploads", `${query.get("uploadId")}.${number}`, body);
        if (this.#options.discardBodies) upload.hash.add(number, body);
        upload.parts.set(number, { etag, content });
        return etagAnswer(etag);
      }
      case "CompleteMultipartUpload":
        return await this.#complete(request, body);
      case "AbortMultipartUpload":
        this.#dropUpload(query);
        return { status: 204 };
      case "ListMultipartUploads": {
        const uploads = this.unfinishedUploads().filter((upload) =>
          upload.bucket === bucket && upload.key.startsWith(query.get("prefix") ?? "")
        );
        const listed = uploads.map(({ key, uploadId }) =>
          `<Upload><Key>${escapeXml(key)}</Key><UploadId>${uploadId}</UploadId></Upload>`
        );
        return xml("ListMultipartUploadsResult", `<IsTruncated>false</IsTruncated>${listed.join("")}`);
      }
    }
  }

  #list(bucket: string, query: URLSearchParams): FakeAnswer {
    const prefix = query.get("prefix") ?? "";
    const token = query.get("continuation-token");
    const after = Buffer.from(token === null ? query.get("start-after") ?? "" : token, token === null ? "utf8" : "hex");
    const maxKeys = Math.min(Number(query.get("max-keys") ?? 1_000), this.#options.maxKeys ?? 1_000);
    const keys = this.keys(bucket);
    let first = 0;
    for (let end = keys.length; first < end;) {
      const middle = (first + end) >> 1;
      if (Buffer.compare(Buffer.from(keys[middle]!), after) <= 0) first = middle + 1;
      else end = middle;
    }
    const page: string[] = [];
    let isTruncated = false;
    for (let i = first; i < keys.length && !isTruncated; i++) {
      if (!keys[i]!.startsWith(prefix)) continue;
      if (page.length === maxKeys) isTruncated = true;
      else page.push(keys[i]!);
    }
    const encode = query.get("encoding-type") === "url" ? encodeKey : escapeXml;
    const contents = page.map((key) => {
      const { etag, content } = this.#buckets.get(bucket)!.get(key)!;
      return `<Contents><Key>${encode(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>` +
        `<ETag>&quot;${etag}&quot;</ETag><Size>${content.bytes}</Size></Contents>`;
    });
    const next = Buffer.from(page.at(-1) ?? "").toString("hex");
    return xml(
      "ListBucketResult",
      `<Name>${bucket}</Name><Prefix>${encode(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>` +
        `<MaxKeys>${maxKeys}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>` +
        (query.get("encoding-type") === "url" ? "<EncodingType>url</EncodingType>" : "") +
        (isTruncated ? `<NextContinuationToken>${next}</NextContinuationToken>` : "") + contents.join(""),
    );
  }

  #get({ method, bucket, key, headers, range }: FakeRequest): FakeAnswer {
    const object = this.object(bucket, key);
    if (object === undefined) throw new S3Error(404, "NoSuchKey", "The specified key does not exist.");
    const ifMatch = headers.get("if-match");
    if (ifMatch !== null && ifMatch !== `"${object.etag}"`) throw preconditionFailed();
    const { bytes } = object.content;
    let start = 0, end = bytes;
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
    if (from !== undefined) {
      start = Number(from);
      if (to) end = Math.min(Number(to) + 1, bytes);
      if (start >= end) throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable");
    }
    return {
      status: from === undefined ? 200 : 206,
      headers: {
        ...object.headers,
        etag: `"${object.etag}"`,
        "content-length": String(end - start),
        ...from === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${bytes}` },
      },
      body: method === "HEAD" ? undefined : object.content.read(start, end),
    };
  }

  async #complete({ bucket, key, query, headers }: FakeRequest, body: Uint8Array): Promise<FakeAnswer> {
    const upload = this.#upload(query);
    const parsed = new XMLParser({ isArray: (name) => name === "Part", parseTagValue: false }).parse(body as Buffer);
    const listed: { PartNumber: string; ETag: string }[] = parsed.CompleteMultipartUpload?.Part ?? [];
    if (listed.length === 0) throw new S3Error(400, "MalformedXML", "You must specify at least one part");
    let previous = 0;
    const parts = listed.map(({ PartNumber, ETag }, i) => {
      const number = Number(PartNumber), part = upload.parts.get(number);
      const etag = ETag.replaceAll(/"|&quot;/g, "");
      if (part === undefined || part.etag !== etag) throw new S3Error(400, "InvalidPart", `Part ${number}`);
      if (number <= previous) throw new S3Error(400, "InvalidPartOrder", `Part ${number} after ${previous}`);
      if (i < listed.length - 1 && part.content.bytes < (this.#options.minPartBytes ?? 5 * 1024 * 1024)) {
        throw new S3Error(400, "EntityTooSmall", `Part ${number} has ${part.content.bytes} bytes`);
      }
      previous = number;
      return part;
    });
    this.#checkCondition(bucket, key, headers);
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag, "hex")));
    const content = await this.#keep(bucket, key, concatenated(parts.map((part) => part.content)));
    this.#checkCondition(bucket, key, headers);
    const sha256 = this.#options.discardBodies ? upload.hash.hex() : undefined;
    const etag = `${md5(digests)}-${parts.length}`;
    this.#store(bucket, key, { content, etag, headers: upload.headers, sha256 });
    this.#dropUpload(query);
    return xml("CompleteMultipartUploadResult", `<Key>${escapeXml(key)}</Key><ETag>&quot;${etag}&quot;</ETag>`);
  }

  /** Keeps bytes where this fake keeps them; what is in a file already is copied to its place. */
  async #keep(folder: string, name: string, body: Uint8Array | FakeContent): Promise<FakeContent> {
    const { root, discardBodies } = this.#options;
    if (discardBodies) return discarded(body instanceof Uint8Array ? body.length : body.bytes);
    if (root === undefined) return body instanceof Uint8Array ? contentOf([body]) : body;
    const path = join(root, folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    const content = body instanceof Uint8Array ? contentOf([body]) : body;
    const temporary = join(root, ".uploads", randomUUID());
    await Deno.mkdir(dirname(temporary), { recursive: true });
    await Deno.writeFile(temporary, ReadableStream.from(content.read(0, content.bytes)));
    await Deno.rename(temporary, path);
    return contentOfFile(path);
  }

  #store(bucket: string, key: string, object: FakeObject): string {
    const objects = this.#bucket(bucket);
    if (!objects.has(key)) this.#sortedKeys.delete(bucket);
    const { root } = this.#options;
    objects.set(key, root === undefined ? object : { ...object, version: versionOf(join(root, bucket, key)) });
    return object.etag;
  }

  #checkCondition(bucket: string, key: string, headers: Headers): void {
    const object = this.object(bucket, key);
    const ifMatch = headers.get("if-match");
    if (headers.get("if-none-match") === "*" && object !== undefined) throw preconditionFailed();
    if (ifMatch === null) return;
    if (object === undefined) throw new S3Error(404, "NoSuchKey", "The specified key does not exist.");
    if (ifMatch !== `"${object.etag}"`) throw preconditionFailed();
  }

  #bucket(bucket: string): Map<string, FakeObject> {
    let objects = this.#buckets.get(bucket);
    if (objects === undefined) {
      const { root } = this.#options;
      if (root === undefined || versionOf(join(root, bucket)) === undefined) {
        throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
      }
      this.#buckets.set(bucket, objects = new Map());
    }
    return objects;
  }

  #upload(query: URLSearchParams): FakeUpload {
    const upload = this.#uploads.get(query.get("uploadId") ?? "");
    if (upload === undefined) throw new S3Error(404, "NoSuchUpload", "The specified upload does not exist.");
    return upload;
  }

  #dropUpload(query: URLSearchParams): void {
    const id = query.get("uploadId")!, { root } = this.#options;
    if (root !== undefined) {
      for (const number of this.#upload(query).parts.keys()) removeFile(join(root, ".uploads", `${id}.${number}`));
    }
    this.#upload(query);
    this.#uploads.delete(id);
  }

  #lookAtFolder(root: string, bucket: string, folder: string): void {
    if (folder === "") for (const key of this.#bucket(bucket).keys()) this.#lookAtFile(root, bucket, key);
    for (const { name, isDirectory } of Deno.readDirSync(join(root, bucket, folder))) {
      if (isDirectory) this.#lookAtFolder(root, bucket, `${folder}${name}/`);
      else this.#lookAtFile(root, bucket, folder + name);
    }
  }

  #lookAtFile(root: string, bucket: string, key: string): void {
    const objects = this.#bucket(bucket), path = join(root, bucket, key);
    const version = versionOf(path), known = objects.get(key);
    if (version === known?.version) return;
    if (version === undefined) objects.delete(key);
    else objects.set(key, { content: contentOfFile(path), etag: md5(version), headers: {}, version });
    this.#sortedKeys.delete(bucket);
  }
}

function requestOf(incoming: IncomingMessage, bytes: number): FakeRequest {
  const url = new URL(incoming.url!, "http://localhost");
  // The path as it came: a URL would take `//` and what looks like a host apart.
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(incoming.url!.split("?")[0]!) ?? [];
  const headers = new Headers(
    Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const method = incoming.method!, query = url.searchParams;
  return {
    operation: operationOf(method, key !== "", query),
    method,
    bucket: decodeURIComponent(bucket),
    key: decodeURIComponent(key),
    query,
    headers,
    bytes,
    range: headers.get("range") ?? undefined,
  };
}

function operationOf(method: string, hasKey: boolean, query: URLSearchParams): S3Operation {
  const isUpload = query.has("uploadId");
  switch (method) {
    case "GET":
      return hasKey ? "GetObject" : query.has("uploads") ? "ListMultipartUploads" : "ListObjectsV2";
    case "HEAD":
      return hasKey ? "HeadObject" : "HeadBucket";
    case "PUT":
      return isUpload ? "UploadPart" : "PutObject";
    case "POST":
      return isUpload ? "CompleteMultipartUpload" : "CreateMultipartUpload";
    default:
      return isUpload ? "AbortMultipartUpload" : "DeleteObject";
  }
}
