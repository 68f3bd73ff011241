/** An S3 operation, as its command is called in the SDK. */
export type S3Operation =
  | "ListObjectsV2"
  | "GetObject"
  | "HeadObject"
  | "PutObject"
  | "DeleteObject"
  | "HeadBucket"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListMultipartUploads";

/** A request, as {@linkcode FakeS3} records it. */
export interface FakeRequest {
  readonly operation: S3Operation;
  readonly method: string;
  readonly bucket: string;
  /** Empty where the request is about a bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** Length of the body that came with it. */
  readonly bytes: number;
  /** The `Range` header. */
  readonly range?: string;
}

/** What the fake sends back. */
export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

/** What happens in place of the ordinary answer. */
export type FaultAction =
  /** An S3 error, nothing done. */
  | { readonly status: number; readonly code: string; readonly message?: string }
  /** The connection is cut, nothing done. */
  | "reset"
  /** It is done, and the connection is cut instead of an answer. */
  | "lost"
  /** It is done, and the connection is cut after so many bytes of the answer's body. */
  | { readonly cutAfterBytes: number }
  /** Status 200 with an error as body, as `CompleteMultipartUpload` does; nothing done. */
  | { readonly errorIn200: string }
  /**
   * Anything else: `proceed` does what was asked for. May change the answer, wait, do something in between,
   * or cut the connection.
   */
  | ((
    request: FakeRequest,
    proceed: () => Promise<FakeAnswer>,
  ) => Promise<FakeAnswer | "cut"> | FakeAnswer | "cut");

/** Which requests a fault meets: an operation (of one key), or whatever a function says. */
export type FaultMatch =
  | { readonly operation?: S3Operation; readonly key?: string }
  | ((request: FakeRequest) => boolean);

/** Requests of an operation, but for those by which a run tries whether it may write. */
export function ofObjects(operation: S3Operation): (request: FakeRequest) => boolean {
  return (request) => request.operation === operation && !/(?:^|\/)_sluice-probe-/.test(request.key);
}

export interface FaultOptions {
  /** How many requests it meets, 1 by default. */
  readonly times?: number;
}

/** A fault that waits for its requests. */
export class Fault {
  readonly action: FaultAction;
  readonly #match: FaultMatch;
  /** How many requests it will still meet. */
  left: number;

  constructor(match: FaultMatch, action: FaultAction, options: FaultOptions = {}) {
    this.#match = match;
    this.action = action;
    this.left = options.times ?? 1;
  }

  /** Whether it meets this request; if so, that is one less. */
  meets(request: FakeRequest): boolean {
    if (this.left <= 0) return false;
    const match = this.#match;
    const met = typeof match === "function" ? match(request) : (match.operation ?? request.operation) ===
        request.operation && (match.key ?? request.key) === request.key;
    if (met) this.left--;
    return met;
  }
}
