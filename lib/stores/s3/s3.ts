import {
  type _Object,
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { SluiceError } from "../../errors/sluice_error.ts";
import { parseObjectUrl } from "../object_url.ts";
import { s3Settings } from "../store_settings.ts";
import { ForeignAnswerError } from "../../aws/foreign_answer_error.ts";
import { answerOf } from "../../aws/aws_answer.ts";
import type { FailedCall } from "../../aws/aws_failure.ts";
import { proxyOf } from "../../proxies/proxy_of.ts";
import { credentialChain, refreshCredentials } from "../../aws/refresh_credentials.ts";
import { S3RequestHandler } from "../../aws/s3_request_handler.ts";
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
  WriteConflictError,
  type WriteOptions,
} from "../store.ts";
import { newProbeName } from "../probe_name.ts";
import { hiddenPart, isOwnPart } from "../skipped_object.ts";
import { refuseForeignAnswers } from "./foreign_answer.ts";
import { PageOrder } from "./page_order.ts";
import { acceptToPay, adaptToFetch } from "./s3_requests.ts";
import { s3Error } from "./s3_failure.ts";
import { markOf, metadataOf } from "./s3_mark.ts";
import type { UploadJournal } from "./upload_journal.ts";

const maxAttempts = 5;
/** Any of AWS's: which one it will be depends on region and bucket. */
const awsEndpoint = "https://s3.amazonaws.com";
/** Attempts to find out whether a server honours conditions, when other failures get in the way. */
const maxVainTries = 3;
/** Objects whose ETags are asked for at once. */
const maxHeadsInFlight = 16;
/** How long removing an unfinished upload may take, in milliseconds: nothing waits for a server that is gone. */
const abortTimeoutMs = 30_000;
/** An ETag that no object has. */
const noEtag = "00000000000000000000000000000000";

/** Keys that a guess names, at most. */
const maxGuessedKeys = 3;

export interface S3StoreOptions {
  /** The listing shows this object and no other: the store of a single object. */
  readonly only?: string;
  /** Server-side encryption of what is written. The bucket's own, where absent. */
  readonly sse?: "AES256" | "aws:kms";
  readonly sseKmsKeyId?: string;
  /** Size of the parts of uploads. Defaults to 8 MiB, up to 64 MiB where more parts are needed than S3 takes. */
  readonly partSizeBytes?: number;
  /** Lists no objects that cannot be read before they are restored from an archive. */
  readonly skipArchived?: boolean;
  /** Goes before `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` and the profile's. */
  readonly endpoint?: string;
  /** Goes before `AWS_REGION` and the profile's. */
  readonly region?: string;
  /** Where requests name the bucket. Defaults to `auto`: in the path where an endpoint is configured, else in the host. */
  readonly addressing?: "auto" | "path" | "virtual";
  /** Accept to pay for requests, where a bucket's owner lets the requester pay. */
  readonly requesterPays?: boolean;
  /** How long S3 may be silent before a request is made again, in seconds. Defaults to 60. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities to check an `https:` endpoint with, as PEM. Defaults to the system's. */
  readonly ca?: string;
  /** Called, once, with what the server cannot do and what that means. */
  readonly onTrouble?: (message: string) => void;
  /** Notes uploads begun and ended. */
  readonly journal?: UploadJournal;
  /** Go before all that the SDK looks for. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * A bucket, or what lies under a prefix of it, as a store. Region, endpoint and credentials come from the AWS
 * SDK's chain; where an endpoint is configured, by whatever way, buckets are addressed by path, unless the options say otherwise. Every call is
 * made up to five times. ETags are without quotes.
 *
 * Every write carries a random nonce in its metadata. A write that fails in a way that leaves it open whether it
 * has happened (a lost answer, and what a repetition of it answers: 412, `NoSuchUpload`) is settled by a HEAD:
 * if the object carries the nonce, it has.
 */
export class S3Store implements Store {
  readonly url: string;
  /** Known when it is open. */
  place: string;
  readonly abilities: StoreAbilities;
  readonly partLimits: PartLimits;
  readonly #client: S3Client;
  readonly #skipsArchived: boolean;
  readonly #state = { region: "", hasSucceeded: false };
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #only: string | undefined;
  /** The prefix as it was given, if it was given without its `/`. */
  readonly #given: string | undefined;
  readonly #journal: UploadJournal | undefined;
  readonly #onTrouble: (message: string) => void;
  /** Whether writes are held to their conditions; of AWS that is known, of others it is found out. */
  #keepsConditions: boolean | undefined;
  #vainTries = 0;
  /** What was said of the server. */
  readonly #told = new Set<"order" | "etags">();
  /** Whether the server takes names for the same that differ in empty segments; of AWS it is known that it does not. */
  #folds: Promise<boolean> | undefined;
  readonly #encryption: { ServerSideEncryption?: "AES256" | "aws:kms"; SSEKMSKeyId?: string };

  private constructor(
    client: S3Client,
    { bucket, key, prefix }: { readonly bucket: string; readonly key?: string; readonly prefix: string },
    options: S3StoreOptions,
  ) {
    this.url = this.place = `s3://${bucket}/${prefix}`;
    this.abilities = {
      marksCostRequests: true,
      isOnNetwork: true,
      marksAreKept: "in the metadata of objects",
      // Those of a single object come among those of all.
      notifications: options.only === undefined ? { bucket, prefix } : undefined,
    };
    this.partLimits = {
      partBytes: options.partSizeBytes ?? 8 * 1024 * 1024,
      maxPartBytes: options.partSizeBytes ?? 64 * 1024 * 1024,
      maxParts: 10_000,
    };
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#only = options.only;
    this.#given = key;
    this.#journal = options.journal;
    this.#skipsArchived = options.skipArchived ?? false;
    this.#onTrouble = options.onTrouble ?? (() => {});
    this.#encryption = { ServerSideEncryption: options.sse, SSEKMSKeyId: options.sseKmsKeyId };
  }

  /**
   * Opens the store at `s3://bucket/prefix/`, without a call to it.
   *
   * @throws {Error} Not such a URL; no region is set.
   */
  static async open(url: string, options: S3StoreOptions = {}): Promise<S3Store> {
    const target = parseObjectUrl(url);
    if (target.kind !== "s3") {
      const reason = "it does not begin with s3://";
      throw new SluiceError({ kind: "input", action: "open", subject: `${url} as S3`, reason });
    }
    const { endpoint, region, credentials } = options;
    const requestHandler = new S3RequestHandler({
      ca: options.ca,
      timeoutMs: (options.timeoutSeconds ?? s3Settings.timeout.default) * 1000,
    });
    const client = new S3Client({
      endpoint,
      region,
      credentials,
      maxAttempts,
      requestHandler,
      ...credentialChain(requestHandler),
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // `fetch` does not wait for the server's consent, so asking for it means nothing.
      expectContinueHeader: false,
    });
    const store = new S3Store(client, target, options);
    try {
      store.#state.region = await client.config.region();
      const configured = endpoint ?? await client.config.serviceConfiguredEndpoint?.();
      const isCustom = client.config.isCustomEndpoint === true || configured !== undefined;
      const { addressing = "auto" } = options;
      client.config.forcePathStyle = addressing === "auto" ? isCustom : addressing === "path";
      store.#keepsConditions = isCustom ? undefined : true;
      store.#folds = isCustom ? undefined : Promise.resolve(false);
      // What cannot be used is told before the first request.
      if (URL.canParse(configured ?? awsEndpoint)) proxyOf(new URL(configured ?? awsEndpoint));
      const server = isCustom ? configured?.replace(/\/+$/, "") ?? "its own endpoint" : "AWS";
      store.place = `${server} ${store.url}`;
    } catch (cause) {
      client.destroy();
      if (cause instanceof SluiceError) throw cause;
      const { message } = cause as Error;
      const why = message === "Region is missing"
        ? "no region is set; set --s3-region, AWS_REGION, or the region of the AWS profile"
        : message.replace(/\.$/, "");
      throw new SluiceError({ kind: "input", action: "open", subject: store.url, reason: why, cause });
    }
    adaptToFetch(client);
    refuseForeignAnswers(client);
    refreshCredentials(client);
    if (options.requesterPays) acceptToPay(client);
    client.middlewareStack.add((next) => async (args) => {
      const result = await next(args);
      store.#state.hasSucceeded = true;
      return result;
    }, { step: "initialize", priority: "high", name: "noteSuccess" });
    return store;
  }

  async *list(
    signal: AbortSignal,
    { after = "", anyOrder = false, onSkipped = () => {} }: ListOptions = {},
  ): AsyncGenerator<StoredObject[]> {
    if (this.#only !== undefined) {
      const found = compareNames(this.#only, after) > 0 ? await this.head(this.#only, signal) : undefined;
      if (found !== undefined) {
        const { name, etag, bytes, modifiedMs } = found;
        yield [{ name, etag, bytes, modifiedMs }];
      }
      return;
    }
    let hidden: string | undefined;
    let token: string | undefined;
    const order = new PageOrder(this.url, anyOrder);
    do {
      const listed = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: this.#prefix,
          EncodingType: "url",
          StartAfter: after === "" ? undefined : this.#prefix + after,
          ContinuationToken: token,
          OptionalObjectAttributes: this.#skipsArchived ? ["RestoreStatus"] : undefined,
        }),
        { abortSignal: signal },
      ).catch((error) => {
        throw this.#failure({ kind: "source", action: "list", subject: this.url }, error, signal);
      });
      const page: StoredObject[] = [];
      const contents = (listed.Contents ?? []).map((found) => ({
        ...found,
        key: listed.EncodingType === "url" ? decodeKey(found.Key ?? "", this.url) : found.Key ?? "",
      }));
      const behind = order.sort(contents);
      if (behind !== undefined && !this.#told.has("order")) {
        this.#told.add("order");
        this.#onTrouble(
          `The server of ${this.url} does not list in byte order (${behind}): outputs are looked for one by one`,
        );
      }
      for (const { key, ETag = "", Size = 0, LastModified, ...more } of contents) {
        const name = key.slice(this.#prefix.length);
        if (!isObjectName(name)) {
          const part = hiddenPart(name);
          if (part !== undefined && part !== hidden && !isOwnPart(part)) {
            onSkipped({ name: part, reason: "hidden" });
          }
          // Of no bytes, it is what consoles create as a folder.
          if (part === undefined && Size > 0) onSkipped({ name: name || "/", reason: "folder_key" });
          hidden = part;
          continue;
        }
        if (this.#skipsArchived && isArchived(more)) {
          onSkipped({ name, reason: "archived" });
          continue;
        }
        page.push({ name, etag: withoutQuotes(ETag), bytes: Size, modifiedMs: LastModified?.getTime() ?? 0 });
      }
      if (page.some(({ etag }) => etag === "")) await this.#lookForEtags(page, signal);
      if (page.length > 0) yield page;
      token = listed.IsTruncated ? listed.NextContinuationToken : undefined;
      if (listed.IsTruncated && token === undefined) {
        const reason = "the server says that there is more, but not how to continue";
        throw new SluiceError({ kind: "source", action: "list", subject: this.url, reason });
      }
    } while (token !== undefined);
  }

  /** Asks for the ETags that a listing leaves out; removes what is gone by then. */
  async #lookForEtags(page: StoredObject[], signal: AbortSignal): Promise<void> {
    if (!this.#told.has("etags")) {
      this.#told.add("etags");
      this.#onTrouble(
        `The server of ${this.url} lists objects without ETags: each is asked for by a request of its own`,
      );
    }
    const found: (StoredObject | undefined)[] = [];
    for (let at = 0; at < page.length; at += maxHeadsInFlight) {
      const some = page.slice(at, at + maxHeadsInFlight);
      found.push(
        ...await Promise.all(some.map(async (object) => {
          if (object.etag !== "") return object;
          const head = await this.head(object.name, signal);
          return head && { ...object, etag: head.etag, bytes: head.bytes };
        })),
      );
    }
    page.splice(0, page.length, ...found.filter((object) => object !== undefined));
  }

  async guess(signal: AbortSignal): Promise<string | undefined> {
    const given = this.#given;
    if (given === undefined) return undefined;
    const folder = given.slice(0, given.lastIndexOf("/") + 1), last = given.slice(folder.length);
    const from = `--from s3://${this.#bucket}/${folder}`;
    if (/[*?[{]/.test(last)) return `an address is no glob: use ${from} --include '${last}'`;
    const listed = await this.#client.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: given, MaxKeys: maxGuessedKeys }),
      { abortSignal: signal },
    );
    const keys = (listed.Contents ?? []).map(({ Key = "" }) => Key);
    if (keys.length === 0) return undefined;
    if (hiddenPart(last) !== undefined) return "what begins with _ or . is not read";
    const more = listed.IsTruncated ? ` and more begin so` : keys.length === 1 ? " begins so" : " begin so";
    return `a prefix ends at a /; ${keys.join(", ")}${more}: use ${from} --include '${last}*'`;
  }

  async head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined> {
    const found = await this.#head(name, signal).catch((error) => {
      throw this.#failure({ kind: "source", action: "look at", subject: this.url + name }, error, signal);
    });
    if (found === undefined) return undefined;
    const { etag, bytes, modifiedMs, metadata } = found;
    return { name, etag, bytes, modifiedMs, mark: markOf(metadata) };
  }

  async read(
    object: StoredObject,
    offset: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const url = this.url + object.name;
    // A range that begins at an object's end is an error to S3.
    if (offset > 0 && offset >= object.bytes) return new Blob([]).stream();
    const found = await this.#client.send(
      new GetObjectCommand({
        ...this.#at(object.name),
        IfMatch: `"${object.etag}"`,
        Range: offset > 0 ? `bytes=${offset}-` : undefined,
      }),
      { abortSignal: signal },
    ).catch((error) => {
      const { status, code } = answerOf(error);
      if (status === 404 && code !== "NoSuchBucket" && !(error instanceof ForeignAnswerError)) {
        throw new ObjectGoneError({ action: "read", subject: url, reason: "it is gone", cause: error });
      }
      if (status === 412) {
        const reason = `it is no longer ${object.etag}, as it was when listed`;
        throw new ObjectChangedError({ action: "read", subject: url, reason, cause: error });
      }
      throw this.#failure({ kind: "source", action: "read", subject: url }, error, signal);
    });
    const body = found.Body!.transformToWebStream() as ReadableStream<Uint8Array<ArrayBuffer>>;
    if (offset > 0 && !found.ContentRange?.startsWith(`bytes ${offset}-`)) {
      await body.cancel();
      const range = found.ContentRange ?? "the whole object";
      const reason = `asked for bytes from ${offset} on, the server sends ${range}`;
      throw new SluiceError({ kind: "source", action: "read", subject: url, reason });
    }
    return body;
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>, options: WriteOptions): Promise<string> {
    const nonce = crypto.randomUUID();
    const { condition, signal } = options;
    const send = (conditions: Conditions) =>
      this.#client.send(
        new PutObjectCommand({
          ...this.#writing(name, nonce, options),
          ...conditions,
          Body: bytes,
          ContentLength: bytes.length,
        }),
        { abortSignal: signal },
      );
    const etag = await this.#settled(name, nonce, options, send);
    if (condition === "always" || this.#keepsConditions !== undefined) return etag;
    return await this.#tryCondition(send) ?? etag;
  }

  async startUpload(name: string, options: WriteOptions): Promise<Upload> {
    const nonce = crypto.randomUUID();
    const url = this.url + name;
    const what = { kind: "sink", action: "start upload of", subject: url } as const;
    const UploadId = await this.#beginUpload(name, nonce, options, what);
    const upload = { ...this.#at(name), UploadId };
    const etags: string[] = [];
    const abort = async () => {
      const timeout = new AbortController();
      const timer = setTimeout(() => timeout.abort(), abortTimeoutMs);
      // What failed before is what matters; what cannot be removed now is left to a later run.
      await this.removeUpload(name, UploadId, timeout.signal).catch(() => {});
      clearTimeout(timer);
    };
    if (options.signal.aborted) {
      await abort();
      throw options.signal.reason;
    }
    return {
      id: UploadId,
      part: async (number, _offset, bytes, signal) => {
        const { ETag } = await this.#client.send(
          new UploadPartCommand({
            ...upload,
            PartNumber: number,
            Body: bytes,
            ContentLength: bytes.length,
          }),
          { abortSignal: signal },
        ).catch((error) => {
          signal.throwIfAborted();
          const what = { kind: "sink", action: `upload part ${number} of`, subject: url } as const;
          const failure = this.#failure(what, error, signal) as SluiceError;
          // Another process has removed it: --abandon-after was shorter than the object took.
          throw answerOf(error).code === "NoSuchUpload" ? new WriteConflictError(failure) : failure;
        });
        if (ETag === undefined) {
          const reason = "the answer has no ETag";
          throw new SluiceError({ kind: "sink", action: `upload part ${number} of`, subject: url, reason });
        }
        etags[number - 1] = ETag;
      },
      complete: async (signal) => {
        const send = (conditions: Conditions) =>
          this.#client.send(
            new CompleteMultipartUploadCommand({
              ...upload,
              ...conditions,
              MultipartUpload: { Parts: etags.map((ETag, i) => ({ ETag, PartNumber: i + 1 })) },
            }),
            { abortSignal: signal },
          );
        try {
          const etag = await this.#settled(name, nonce, { ...options, signal }, send);
          this.#journal?.ended(UploadId);
          return etag;
        } catch (error) {
          if (error instanceof ConditionFailedError || error instanceof WriteConflictError) await abort();
          throw error;
        }
      },
      abort,
    };
  }

  /** Resolves to the upload's id. */
  async #beginUpload(
    name: string,
    nonce: string,
    options: WriteOptions,
    what: FailedCall,
  ): Promise<string> {
    options.signal.throwIfAborted();
    const { UploadId } = await this.#client.send(
      // Not under the signal: an upload whose start is cut off would be left behind, with an id that no one knows.
      new CreateMultipartUploadCommand(this.#writing(name, nonce, options)),
    ).catch((error) => {
      throw this.#failure(what, error, options.signal);
    });
    if (UploadId === undefined) {
      throw new SluiceError({ ...what, reason: "the answer has no upload ID" });
    }
    this.#journal?.begun(this.place, name, UploadId);
    return UploadId;
  }

  /**
   * Begins an upload and removes it, which takes the rights that outputs take. Of a server that is not known to honour
   * conditions, it is found out whether it does when uploads are completed: the upload is completed under one that cannot
   * hold.
   */
  async tryWriting(signal: AbortSignal): Promise<void> {
    const what = { kind: "sink", action: "write to", subject: this.url } as const;
    const name = newProbeName();
    const options = { condition: "always", contentType: "application/octet-stream", signal } as const;
    const id = await this.#beginUpload(name, crypto.randomUUID(), options, what).catch(async (error) => {
      // A server without uploads takes small outputs still.
      if (![405, 501].includes(answerOf(error.cause).status)) throw error;
      await this.put(name, new TextEncoder().encode("{}\n"), options);
      await this.remove(name, signal);
    });
    if (id === undefined) return;
    const timeout = AbortSignal.timeout(abortTimeoutMs);
    try {
      if (this.#keepsConditions === undefined) await this.#tryUploadCondition(name, id, what, signal);
    } finally {
      await this.removeUpload(name, id, timeout).catch((error) => {
        // If it fails otherwise, a later run removes it.
        if (!(error instanceof RequestRefusedError)) return;
        this.#onTrouble(
          `Continuing without removing unfinished uploads, one of which is left: ${error.message}`,
        );
      });
    }
  }

  async checkName(name: string, signal: AbortSignal): Promise<void> {
    if (!/(?:^|\/)\//.test(name)) return;
    const tried = this.#folds ??= this.#tryFolding(signal);
    const folds = await tried.catch((error) => {
      if (this.#folds === tried) this.#folds = undefined;
      throw error;
    });
    if (!folds) return;
    const folded = name.replace(/^\/+/, "").replace(/\/{2,}/g, "/");
    throw new SluiceError({
      kind: "sink",
      action: "write",
      subject: this.url + name,
      reason:
        `its name has an empty segment, and the server takes it for ${folded}: rename the object, or leave it out ` +
        `with --exclude '**//**'`,
    });
  }

  /** Whether the server finds what was written as `a//b` as `a/b`. */
  async #tryFolding(signal: AbortSignal): Promise<boolean> {
    const folder = newProbeName();
    const written = `${folder}//a`, folded = `${folder}/a`;
    await this.put(written, new TextEncoder().encode("{}\n"), {
      condition: "always",
      contentType: "application/octet-stream",
      signal,
    });
    try {
      return await this.head(folded, signal) !== undefined;
    } finally {
      await this.remove(written, AbortSignal.timeout(abortTimeoutMs)).catch((error) => {
        this.#onTrouble(`Left ${this.url}${written}, which was written to try names: ${error.message}`);
      });
    }
  }

  /** Completes an upload under the condition that an object is there which is not. */
  async #tryUploadCondition(name: string, id: string, what: FailedCall, signal: AbortSignal): Promise<void> {
    const upload = { ...this.#at(name), UploadId: id };
    const Body = new TextEncoder().encode("{}\n");
    const { ETag } = await this.#client.send(
      new UploadPartCommand({ ...upload, PartNumber: 1, Body, ContentLength: Body.length }),
      { abortSignal: signal },
    ).catch((error) => {
      throw this.#failure(what, error, signal);
    });
    const completed = await this.#client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        ...conditionsOf({ ifEtag: noEtag }),
        MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
      }),
      { abortSignal: signal },
    ).catch((error) => {
      const { status = 0 } = answerOf(error);
      if (status === 501) this.#continueWithoutConditions("answers conditional writes with 501");
      // Another answer, or none, leaves open whether it was completed.
      return status === 501 || (status >= 400 && status < 500) ? "refused" : "unknown";
    });
    if (completed === "refused") return;
    if (completed !== "unknown") {
      this.#onTrouble(
        `The server of ${this.url} completes uploads despite If-Match: two runs at once may overwrite each other's ` +
          "large outputs; do not let two runs write there at once",
      );
    }
    await this.remove(name, AbortSignal.timeout(abortTimeoutMs)).catch((error) => {
      this.#onTrouble(`Left ${this.url}${name}, which was written to try that: ${error.message}`);
    });
    signal.throwIfAborted();
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#at(name)), { abortSignal: signal }).catch(
      (error) => {
        throw this.#failure({ kind: "sink", action: "remove", subject: this.url + name }, error, signal);
      },
    );
  }

  async *unfinishedUploads(signal: AbortSignal): AsyncGenerator<UnfinishedUpload> {
    let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (next !== undefined) {
      const listed: ListMultipartUploadsCommandOutput = await this.#client.send(
        new ListMultipartUploadsCommand({
          Bucket: this.#bucket,
          Prefix: this.#prefix,
          EncodingType: "url",
          ...next,
        }),
        { abortSignal: signal },
      ).catch((error) => {
        throw this.#failure(
          { kind: "sink", action: "list unfinished uploads of", subject: this.url },
          error,
          signal,
        );
      });
      const decoded = (key: string) =>
        listed.EncodingType === "url" ? decodeKey(key, this.url, "list unfinished uploads of") : key;
      for (const { Key = "", UploadId = "", Initiated } of listed.Uploads ?? []) {
        // Not every server honours the prefix.
        const key = decoded(Key);
        if (!key.startsWith(this.#prefix) || Initiated === undefined) continue;
        yield { name: key.slice(this.#prefix.length), id: UploadId, begunMs: Initiated.getTime() };
      }
      const isStuck = listed.NextKeyMarker !== undefined &&
        decoded(listed.NextKeyMarker) === next.KeyMarker &&
        listed.NextUploadIdMarker === next.UploadIdMarker;
      if (listed.IsTruncated && isStuck) {
        const action = "list unfinished uploads of", reason = "the server's pages repeat";
        throw new SluiceError({ kind: "sink", action, subject: this.url, reason });
      }
      next = listed.IsTruncated && listed.NextKeyMarker
        ? { KeyMarker: decoded(listed.NextKeyMarker), UploadIdMarker: listed.NextUploadIdMarker }
        : undefined;
    }
  }

  async removeUpload(name: string, id: string, signal: AbortSignal): Promise<void> {
    await this.#client.send(new AbortMultipartUploadCommand({ ...this.#at(name), UploadId: id }), {
      abortSignal: signal,
    }).catch((error) => {
      if (answerOf(error).code === "NoSuchUpload") return;
      throw this.#failure(
        { kind: "sink", action: "remove unfinished upload of", subject: this.url + name },
        error,
        signal,
      );
    });
    this.#journal?.ended(id);
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  /** The error for a failed call; an abort's own reason where the call was aborted. */
  #failure(what: FailedCall, cause: unknown, signal: AbortSignal): Error {
    return signal.aborted ? signal.reason : s3Error(what, cause, this.#state);
  }

  #at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + name };
  }

  #writing(name: string, nonce: string, options: WriteOptions) {
    return {
      ...this.#at(name),
      ...this.#encryption,
      ContentType: options.contentType,
      ContentEncoding: options.contentEncoding,
      Metadata: { "sluice-nonce": nonce, ...metadataOf(options.mark) },
    };
  }

  async #head(name: string, signal: AbortSignal) {
    const send = async () => {
      const { ETag = "", ContentLength = 0, LastModified, Metadata = {} } = await this.#client.send(
        new HeadObjectCommand(this.#at(name)),
        { abortSignal: signal },
      );
      const modifiedMs = LastModified?.getTime() ?? 0;
      if (withoutQuotes(ETag) === "") throw new Error("the server's answer has an empty ETag");
      return { etag: withoutQuotes(ETag), bytes: ContentLength, modifiedMs, metadata: Metadata };
    };
    try {
      return await send().catch(async (error) => {
        if (![400, 403].includes(answerOf(error).status)) throw error;
        await this.#explainRefusal(name, signal);
        return await send();
      });
    } catch (error) {
      if (answerOf(error).status === 404) return undefined;
      throw error;
    }
  }

  /**
   * The answer to a HEAD has no body to give a reason in: a GET of a byte, which the same right allows, has one.
   *
   * @throws What the GET is refused with. If it is not, the HEAD may pass now: the credentials may be new.
   */
  async #explainRefusal(name: string, signal: AbortSignal): Promise<void> {
    try {
      const get = new GetObjectCommand({ ...this.#at(name), Range: "bytes=0-0" });
      const { Body } = await this.#client.send(get, { abortSignal: signal });
      await Body?.transformToWebStream().cancel();
    } catch (error) {
      if ([400, 403].includes(answerOf(error).status)) throw error;
    }
  }

  /**
   * Finds out whether the server honours conditions, by a write that has just been done: done again under the condition
   * that the object is absent, it must be refused; if it is not, the same bytes have been written once more. Returns
   * their ETag then.
   */
  async #tryCondition(
    send: (conditions: Conditions) => Promise<{ ETag?: string }>,
  ): Promise<string | undefined> {
    this.#keepsConditions = true;
    const again = await send(conditionsOf({ ifAbsent: true })).catch((error) => {
      // Any other failure says nothing: the next write tries again, a few times.
      const isRefusal = [409, 412].includes(answerOf(error).status);
      if (!isRefusal && ++this.#vainTries < maxVainTries) this.#keepsConditions = undefined;
    });
    if (again?.ETag === undefined) return undefined;
    this.#continueWithoutConditions("overwrites an existing object despite If-None-Match");
    return withoutQuotes(again.ETag);
  }

  #continueWithoutConditions(why: string): void {
    if (this.#keepsConditions === false) return;
    this.#keepsConditions = false;
    this.#onTrouble(
      `Continuing without conditional writes: the server of ${this.url} ${why}; do not let two runs write there at once`,
    );
  }

  /** Makes a write visible, and finds out what has become of it where the answer does not say. */
  async #settled(
    name: string,
    nonce: string,
    { condition, signal }: WriteOptions,
    send: (conditions: Conditions) => Promise<{ ETag?: string }>,
  ): Promise<string> {
    const conditions = this.#keepsConditions === false ? {} : conditionsOf(condition);
    try {
      const { ETag } = await send(conditions).catch(async (error) => {
        if (answerOf(error).status !== 501 || Object.keys(conditions).length === 0) throw error;
        const written = await send({});
        this.#continueWithoutConditions("answers conditional writes with 501");
        return written;
      });
      if (ETag === undefined) throw new Error("the answer has no ETag"); // the reason of the error below
      return withoutQuotes(ETag);
    } catch (error) {
      signal.throwIfAborted();
      const { status, code } = answerOf(error);
      const isRefusal = status >= 400 && status < 500 && ![404, 409, 412].includes(status);
      if (!isRefusal) {
        // Where the HEAD fails too, the write's own failure is the better one to report.
        const found = await this.#head(name, signal).catch(() => undefined);
        if (found?.metadata["sluice-nonce"] === nonce) return found.etag;
        signal.throwIfAborted();
      }
      const what = { kind: "sink", action: "write", subject: this.url + name } as const;
      const failure = this.#failure(what, error, signal) as SluiceError;
      if (status === 412 || code === "NoSuchKey") {
        throw new ConditionFailedError(failure);
      }
      if (status === 409 || code === "NoSuchUpload") {
        throw new WriteConflictError(failure);
      }
      throw failure;
    }
  }
}

/** Whether an object of a listing has to be restored before it can be read. */
function isArchived(
  { RestoreStatus, StorageClass }: Pick<_Object, "RestoreStatus" | "StorageClass">,
): boolean {
  return (StorageClass === "GLACIER" || StorageClass === "DEEP_ARCHIVE") &&
    RestoreStatus?.RestoreExpiryDate === undefined;
}

interface Conditions {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

function conditionsOf(condition: WriteOptions["condition"]): Conditions {
  if (condition === "always") return {};
  return "ifAbsent" in condition ? { IfNoneMatch: "*" } : { IfMatch: `"${condition.ifEtag}"` };
}

/** A listing's key, as `encoding-type=url` writes it: a space may be `+` or `%20`. */
function decodeKey(key: string, url: string, action = "list"): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch (cause) {
    const reason = `the key ${JSON.stringify(key)} is not valid UTF-8`;
    throw new SluiceError({ kind: "source", action, subject: url, reason, cause });
  }
}

function withoutQuotes(etag: string): string {
  return etag.replaceAll('"', "");
}
