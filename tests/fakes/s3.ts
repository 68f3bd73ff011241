import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { XMLParser } from "fast-xml-parser";
import { FakeBuckets, type FakeObject, type Kept, md5, removeFile } from "./s3_buckets.ts";
import { concatenated, contentOf, contentOfFile, type FakeContent, PartsHash } from "./s3_content.ts";
import {
  encodeKey,
  errorAnswer,
  escapeXml,
  etagAnswer,
  faultyAnswer,
  requestOf,
  S3Error,
  sendAnswer,
  xmlAnswer,
} from "./s3_http.ts";
import {
  type FakeAnswer,
  type FakeRequest,
  Fault,
  type FaultAction,
  type FaultMatch,
  type FaultOptions,
  type S3Operation,
} from "./s3_fault.ts";

interface FakeUpload {
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, Kept & { etag: string }>;
  /** In milliseconds of the unix time. */
  begunMs: number;
  readonly hash: PartsHash;
}

export interface FakeS3Options {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Buckets to begin with. Folders of `root` are buckets too. */
  readonly buckets?: readonly string[];
  /** A name of its own: requests to `BUCKET.host` name their bucket by that, and not in the path. */
  readonly host?: string;
  /** The longest page of a listing, at most and by default 1,000. */
  readonly maxKeys?: number;
  /** The smallest part but for the last, 5 MiB by default as in S3. */
  readonly minPartBytes?: number;
  /** Refuses, when an upload is completed, parts of other sizes than the first's, as R2 does; the last may be smaller. */
  readonly equalParts?: boolean;
  /** Lists objects without their ETags. */
  readonly listsNoEtags?: boolean;
  /** Lists folder by folder, as servers over file systems do: `a/x` before `a-b`. */
  readonly listsByFolder?: boolean;
  /** Buckets in which `a//b` is taken for `a/b`. */
  readonly foldsKeysOf?: readonly string[];
  /** Keeps the length and SHA-256 of what is written, not the bytes. */
  readonly discardBodies?: boolean;
  /**
   * Keeps objects as files, a folder for each bucket, and sees files that others put there. What a file cannot
   * hold (metadata, and so on) is in memory only. Keys must be good paths.
   */
  readonly root?: string;
  /** Speaks TLS with this certificate and key, as PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
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
  readonly #buckets: FakeBuckets;
  readonly #uploads = new Map<string, FakeUpload>();
  readonly #faults: Fault[] = [];
  readonly #options: FakeS3Options;
  readonly #server: Server;

  private constructor(options: FakeS3Options) {
    this.#options = options;
    this.#buckets = new FakeBuckets(options.buckets ?? [], options);
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  }

  /** Starts one on the loopback interface. */
  static async start(options: FakeS3Options = {}): Promise<FakeS3> {
    const fake = new FakeS3(options);
    fake.#server.listen(options.port ?? 0, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  /** `http://127.0.0.1:PORT`, or with `https:`. */
  get endpoint(): string {
    return `http${this.#options.tls ? "s" : ""}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The variables by which a client finds it. */
  get environment() {
    return {
      AWS_ENDPOINT_URL_S3: this.endpoint,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
    };
  }

  /** Stores an object, without a request, in a fake that keeps no files; returns its ETag. */
  put(bucket: string, key: string, body: string | Uint8Array, headers: Record<string, string> = {}): string {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return this.#buckets.store(bucket, key, { content: contentOf([bytes]), etag: md5(bytes), headers });
  }

  /** Stores an object whose bytes are a file's, read when asked for. */
  putFile(bucket: string, key: string, path: string, headers: Record<string, string> = {}): string {
    return this.#buckets.store(bucket, key, {
      content: contentOfFile(path),
      etag: md5(randomUUID()),
      headers,
    });
  }

  /** Stores an object of any content, a generated one for instance. */
  putContent(
    bucket: string,
    key: string,
    content: FakeContent,
    headers: Record<string, string> = {},
  ): string {
    return this.#buckets.store(bucket, key, { content, etag: md5(randomUUID()), headers });
  }

  /** One object, as it is now. */
  object(bucket: string, key: string): FakeObject | undefined {
    return this.#buckets.object(bucket, key);
  }

  /** A bucket's keys, in byte order. */
  keys(bucket: string): string[] {
    return this.#buckets.keys(bucket);
  }

  delete(bucket: string, key: string): void {
    this.#buckets.delete(bucket, key);
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

  /** Multipart uploads that are neither completed nor aborted. */
  unfinishedUploads(): { bucket: string; key: string; uploadId: string; parts: number }[] {
    return [...this.#uploads].map(([uploadId, { bucket, key, parts }]) => ({
      bucket,
      key,
      uploadId,
      parts: parts.size,
    }));
  }

  /** Has all unfinished uploads begun so much earlier. */
  ageUploads(ms: number): void {
    for (const upload of this.#uploads.values()) upload.begunMs -= ms;
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
      // A client that was killed while it sent: the server has not got what it was promised, and does nothing.
      const promised = incoming.headers["content-length"];
      if (promised !== undefined && Number(promised) !== body.length) return void incoming.destroy();
      const asked = requestOf(incoming, body.length, this.#options.host);
      const key = this.#options.foldsKeysOf?.includes(asked.bucket)
        ? asked.key.replace(/\/{2,}/g, "/")
        : asked.key;
      const request = { ...asked, key };
      this.requests.push(request);
      const fault = this.#faults.find((fault) => fault.meets(request));
      const proceed = () => this.#answer(request, body);
      const answer = fault === undefined
        ? await proceed()
        : await faultyAnswer(fault.action, request, proceed);
      if (answer === "cut") return void incoming.socket.destroy();
      await sendAnswer(response, answer);
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
      if (error instanceof S3Error) {
        return errorAnswer(error.status, error.code, error.message, request.method);
      }
      return errorAnswer(500, "InternalError", (error as Error).message, request.method);
    }
  }

  async #operate(request: FakeRequest, body: Uint8Array): Promise<FakeAnswer> {
    const { operation, bucket, key, query, headers } = request;
    this.#buckets.bucket(bucket);
    switch (operation) {
      case "ListObjectsV2":
        return this.#list(bucket, query);
      case "HeadBucket":
        return { status: 200 };
      case "HeadObject":
      case "GetObject":
        return this.#get(request);
      case "PutObject": {
        const kept = await this.#buckets.keep(body);
        this.#checkCondition(bucket, key, headers, kept);
        const sha256 = this.#options.discardBodies
          ? createHash("sha256").update(body).digest("hex")
          : undefined;
        return etagAnswer(
          this.#buckets.store(bucket, key, { ...kept, etag: md5(body), headers: keptOf(headers), sha256 }),
        );
      }
      case "DeleteObject":
        this.delete(bucket, key);
        return { status: 204 };
      case "CreateMultipartUpload": {
        const id = randomUUID();
        this.#uploads.set(id, {
          bucket,
          key,
          headers: keptOf(headers),
          parts: new Map(),
          begunMs: Date.now(),
          hash: new PartsHash(),
        });
        return xmlAnswer("InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`);
      }
      case "UploadPart": {
        const upload = this.#upload(query), number = Number(query.get("partNumber"));
        if (!(number >= 1 && number <= 10_000)) throw new S3Error(400, "InvalidArgument", "Bad part number");
        const etag = md5(body);
        const kept = await this.#buckets.keep(body);
        if (this.#options.discardBodies) upload.hash.add(number, body);
        if (upload.parts.has(number)) removeFile(upload.parts.get(number)!.file);
        upload.parts.set(number, { etag, ...kept });
        return etagAnswer(etag);
      }
      case "CompleteMultipartUpload":
        return await this.#complete(request, body);
      case "AbortMultipartUpload":
        this.#dropUpload(query);
        return { status: 204 };
      case "ListMultipartUploads":
        return this.#listUploads(bucket, query);
    }
  }

  #list(bucket: string, query: URLSearchParams): FakeAnswer {
    const prefix = query.get("prefix") ?? "";
    const token = query.get("continuation-token");
    const after = Buffer.from(
      token === null ? query.get("start-after") ?? "" : token,
      token === null ? "utf8" : "hex",
    );
    const maxKeys = Math.min(Number(query.get("max-keys") ?? 1_000), this.#options.maxKeys ?? 1_000);
    const place = (key: string) => Buffer.from(this.#options.listsByFolder ? key.replaceAll("/", "\0") : key);
    let keys = this.keys(bucket);
    if (this.#options.listsByFolder) keys = keys.toSorted((a, b) => Buffer.compare(place(a), place(b)));
    const placeAfter = place(after.toString());
    let first = 0;
    for (let end = keys.length; first < end;) {
      const middle = (first + end) >> 1;
      if (Buffer.compare(place(keys[middle]!), placeAfter) <= 0) first = middle + 1;
      else end = middle;
    }
    const page: string[] = [], objects = this.#buckets.bucket(bucket);
    let isTruncated = false;
    for (let i = first; i < keys.length && !isTruncated; i++) {
      if (!keys[i]!.startsWith(prefix)) continue;
      if (page.length === maxKeys) isTruncated = true;
      else page.push(keys[i]!);
    }
    const encode = query.get("encoding-type") === "url" ? encodeKey : escapeXml;
    const contents = page.map((key) => {
      const { etag, content, modifiedMs, headers } = objects.get(key)!;
      const modified = new Date(modifiedMs).toISOString();
      return `<Contents><Key>${encode(key)}</Key><LastModified>${modified}</LastModified>` +
        (this.#options.listsNoEtags ? "" : `<ETag>&quot;${etag}&quot;</ETag>`) +
        `<Size>${content.bytes}</Size>${storageOf(headers)}</Contents>`;
    });
    const next = Buffer.from(page.at(-1) ?? "").toString("hex");
    return xmlAnswer(
      "ListBucketResult",
      `<Name>${bucket}</Name><Prefix>${encode(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>` +
        `<MaxKeys>${maxKeys}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>` +
        (query.get("encoding-type") === "url" ? "<EncodingType>url</EncodingType>" : "") +
        (isTruncated ? `<NextContinuationToken>${next}</NextContinuationToken>` : "") + contents.join(""),
    );
  }

  /** In the order of keys and ids, a page after the markers. */
  #listUploads(bucket: string, query: URLSearchParams): FakeAnswer {
    const prefix = query.get("prefix") ?? "";
    const after = [query.get("key-marker") ?? "", query.get("upload-id-marker") ?? ""].join("\0");
    const found = [...this.#uploads].filter(([id, { bucket: its, key }]) =>
      its === bucket && key.startsWith(prefix) && [key, id].join("\0") > after
    ).sort(([a, { key: x }], [b, { key: y }]) => [x, a].join("\0") < [y, b].join("\0") ? -1 : 1);
    const page = found.slice(0, this.#options.maxKeys ?? 1_000);
    const listed = page.map(([id, { key, begunMs }]) =>
      `<Upload><Key>${encodeKey(key)}</Key><UploadId>${id}</UploadId>` +
      `<Initiated>${new Date(begunMs).toISOString()}</Initiated></Upload>`
    );
    const [nextId, next] = page.at(-1) ?? [];
    return xmlAnswer(
      "ListMultipartUploadsResult",
      `<EncodingType>url</EncodingType><IsTruncated>${found.length > page.length}</IsTruncated>` +
        (next ? `<NextKeyMarker>${encodeKey(next.key)}</NextKeyMarker>` : "") +
        (nextId ? `<NextUploadIdMarker>${nextId}</NextUploadIdMarker>` : "") + listed.join(""),
    );
  }

  #get({ method, bucket, key, headers, range }: FakeRequest): FakeAnswer {
    const object = this.object(bucket, key);
    if (object === undefined) throw noSuchKey();
    const ifMatch = headers.get("if-match");
    if (ifMatch !== null && ifMatch !== `"${object.etag}"`) throw preconditionFailed();
    if (method === "GET" && isArchived(object.headers)) {
      const message = "The operation is not valid for the object's storage class";
      throw new S3Error(403, "InvalidObjectState", message);
    }
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
        "last-modified": new Date(object.modifiedMs).toUTCString(),
        "content-length": String(end - start),
        ...from === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${bytes}` },
      },
      body: method === "HEAD" ? undefined : object.content.read(start, end),
    };
  }

  async #complete({ bucket, key, query, headers }: FakeRequest, body: Uint8Array): Promise<FakeAnswer> {
    const upload = this.#upload(query);
    const parsed = new XMLParser({ isArray: (name) => name === "Part", parseTagValue: false }).parse(
      body as Buffer,
    );
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
    const sizes = parts.map(({ content }) => content.bytes), [first = 0] = sizes;
    if (this.#options.equalParts && sizes.some((n, i) => n > first || (n < first && i < sizes.length - 1))) {
      throw new S3Error(400, "InvalidPart", "All non-trailing parts must have the same length.");
    }
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag, "hex")));
    const kept = await this.#buckets.keep(concatenated(parts.map((part) => part.content)));
    this.#upload(query);
    this.#checkCondition(bucket, key, headers, kept);
    const sha256 = this.#options.discardBodies ? upload.hash.hex() : undefined;
    const etag = `${md5(digests)}-${parts.length}`;
    this.#buckets.store(bucket, key, { ...kept, etag, headers: upload.headers, sha256 });
    this.#dropUpload(query);
    return xmlAnswer(
      "CompleteMultipartUploadResult",
      `<Key>${escapeXml(key)}</Key><ETag>&quot;${etag}&quot;</ETag>`,
    );
  }

  #checkCondition(bucket: string, key: string, headers: Headers, kept: Kept): void {
    const etag = this.object(bucket, key)?.etag;
    const ifMatch = headers.get("if-match");
    const holds = ifMatch === null
      ? headers.get("if-none-match") !== "*" || etag === undefined
      : ifMatch === `"${etag}"`;
    if (holds) return;
    removeFile(kept.file);
    throw ifMatch !== null && etag === undefined ? noSuchKey() : preconditionFailed();
  }

  #upload(query: URLSearchParams): FakeUpload {
    const upload = this.#uploads.get(query.get("uploadId") ?? "");
    if (upload === undefined) throw new S3Error(404, "NoSuchUpload", "The specified upload does not exist.");
    return upload;
  }

  #dropUpload(query: URLSearchParams): void {
    for (const part of this.#upload(query).parts.values()) removeFile(part.file);
    this.#uploads.delete(query.get("uploadId")!);
  }
}

/** Whether an object, stored with these headers, has to be restored from an archive. */
function isArchived(headers: Readonly<Record<string, string>>): boolean {
  return /^(?:GLACIER|DEEP_ARCHIVE)$/.test(headers["x-amz-storage-class"] ?? "") &&
    headers["x-amz-restore"] === undefined;
}

/** What a listing says of where an object lies, and whether it was restored. */
function storageOf(headers: Readonly<Record<string, string>>): string {
  const restored = headers["x-amz-restore"] === undefined
    ? ""
    : "<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>" +
      "<RestoreExpiryDate>2099-01-01T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>";
  const name = headers["x-amz-storage-class"];
  return (name === undefined ? "" : `<StorageClass>${name}</StorageClass>`) + restored;
}

function keptOf(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => keptHeaders.test(name)));
}

function noSuchKey(): S3Error {
  return new S3Error(404, "NoSuchKey", "The specified key does not exist.");
}

function preconditionFailed(): S3Error {
  return new S3Error(412, "PreconditionFailed", "At least one of the preconditions did not hold");
}
