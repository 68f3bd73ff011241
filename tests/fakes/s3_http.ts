import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { FakeAnswer, FakeRequest, FaultAction, S3Operation } from "./s3_fault.ts";

/** What S3 refuses. */
export class S3Error extends Error {
  constructor(readonly status: number, readonly code: string, message = code) {
    super(message);
  }
}

/** The request that came in over HTTP, with the length of its body. */
export function requestOf(incoming: IncomingMessage, bytes: number, host?: string): FakeRequest {
  const url = new URL(incoming.url!, "http://localhost");
  // The path as it came: a URL would take `//` and what looks like a host apart.
  const path = incoming.url!.split("?")[0]!;
  const named = host === undefined ? undefined : incoming.headers.host?.split(`.${host}`);
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(
    named?.length === 2 ? `/${named[0]}${path}` : path,
  ) ?? [];
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

/** Sends an answer, as fast as the client takes it; a body that fails cuts the connection. */
export async function sendAnswer(response: ServerResponse, answer: FakeAnswer): Promise<void> {
  const { status, headers = {}, body } = answer;
  const length = body instanceof Uint8Array ? { "content-length": String(body.length) } : {};
  response.writeHead(status, { "x-amz-request-id": "FAKE", ...length, ...headers });
  if (body === undefined || body instanceof Uint8Array) response.end(body);
  else await pipeline(body, response);
}

/** What a fault makes of a request. */
export async function faultyAnswer(
  action: FaultAction,
  request: FakeRequest,
  proceed: () => Promise<FakeAnswer>,
): Promise<FakeAnswer | "cut"> {
  if (typeof action === "function") return await action(request, proceed);
  if (action === "reset") return "cut";
  if (action === "lost") {
    await proceed();
    return "cut";
  }
  if ("errorIn200" in action) {
    return { ...errorAnswer(500, action.errorIn200, "In a 200", "POST"), status: 200 };
  }
  if ("status" in action) {
    return errorAnswer(action.status, action.code, action.message ?? action.code, request.method);
  }
  const answer = await proceed();
  return { ...answer, body: firstBytes(answer.body, action.cutAfterBytes) };
}

async function* firstBytes(body: FakeAnswer["body"], count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body instanceof Uint8Array ? [body] : body ?? []) {
    if (left > 0) yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) break;
  }
  throw new Error("cut");
}

/** An S3 error; a HEAD's has no body. */
export function errorAnswer(status: number, code: string, message: string, method: string): FakeAnswer {
  if (method === "HEAD") return { status };
  return { ...xmlAnswer("Error", `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`), status };
}

export function etagAnswer(etag: string): FakeAnswer {
  return { status: 200, headers: { etag: `"${etag}"`, "content-length": "0" } };
}

export function xmlAnswer(root: string, inner: string): FakeAnswer {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${inner}</${root}>`;
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: new TextEncoder().encode(text),
  };
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** As S3 writes a key in a listing with `encoding-type=url`: a space as `+`, `/` as it is. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/")
    .replace(/[!'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
