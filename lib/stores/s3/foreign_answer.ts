import type { S3Client } from "@aws-sdk/client-s3";
import { ForeignAnswerError } from "../../aws/foreign_answer_error.ts";
import { printableAddress } from "../../text/printable_address.ts";

/** How much of an answer is quoted, in characters. */
const maxQuoted = 80;

/** The root of the XML by which S3 answers a command that has succeeded. */
const roots: Readonly<Record<string, { readonly roots: readonly string[]; readonly what: string }>> = {
  ListObjectsV2Command: { roots: ["ListBucketResult"], what: "S3 listing" },
  ListMultipartUploadsCommand: { roots: ["ListMultipartUploadsResult"], what: "S3 listing of uploads" },
  CreateMultipartUploadCommand: { roots: ["InitiateMultipartUploadResult"], what: "answer of S3" },
  CompleteMultipartUploadCommand: {
    // The second one is moto's, up to 5.2.1 at least.
    roots: ["CompleteMultipartUploadResult", "CompleteMultipartUploadResponse"],
    what: "answer of S3",
  },
};
/** Commands whose work is only known to be done by the ETag in the answer. */
const withEtag = new Set(["PutObjectCommand", "UploadPartCommand"]);

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: unknown;
}

/**
 * Has answers refused that are not S3's: without it, a web page of status 200 would be a listing without objects, and
 * what is missing in an answer would be undefined. Bodies of objects are passed through as they come.
 */
export function refuseForeignAnswers(client: S3Client): void {
  client.middlewareStack.add((next, { commandName = "" }) => async (args) => {
    const result = await next(args);
    const response = result.response as Response;
    const { statusCode, headers } = response;
    const isHead = (args.request as { method?: string }).method === "HEAD";
    const { hostname = "", port, protocol = "" } = args.request as Partial<Record<string, string>>;
    const origin = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
    const read = async () => {
      const bytes = await client.config.streamCollector(response.body);
      response.body = bytes;
      return new TextDecoder().decode(bytes);
    };
    if (statusCode >= 300) {
      // An error of S3 is XML, or nothing.
      const text = isHead ? "" : await read();
      if (text.trim() === "" || rootOf(text) === "Error") return result;
      const way = headers.location === undefined ? "" : `, and points to ${withoutQuery(headers.location)}`;
      throw new ForeignAnswerError(
        `${statusCode}, and the answer is no error of S3 (${whatCame(text, headers)}${way})${
          adviceFor(text, origin)
        }`,
        response,
      );
    }
    if (isHead) {
      // Of objects that are there, some servers give no ETag.
      const isObject = headers.etag !== undefined ||
        (headers["last-modified"] !== undefined && !isHtml(headers));
      if (commandName !== "HeadObjectCommand" || isObject) return result;
      const advice = adviceFor(isHtml(headers) ? "<html>" : "", origin);
      throw new ForeignAnswerError(
        `the server's answer is no answer of S3 (it has no ETag, and is ${typeOf(headers)})${advice}`,
        response,
      );
    }
    if (withEtag.has(commandName)) {
      if (headers.etag !== undefined) return result;
      const text = await read();
      throw new ForeignAnswerError(
        `the server's answer has no ETag (${whatCame(text, headers)})${adviceFor(text, origin)}`,
        response,
      );
    }
    const expected = roots[commandName];
    if (expected === undefined) return result;
    const text = await read();
    const root = rootOf(text);
    // An error with status 200 is the SDK's to understand.
    if (root === "Error" || (root !== undefined && expected.roots.includes(root))) return result;
    throw new ForeignAnswerError(
      `the server's answer is no ${expected.what} (${whatCame(text, headers)})${adviceFor(text, origin)}`,
      response,
    );
  }, { step: "deserialize", priority: "low", name: "refuseForeignAnswers" });
}

/** The name of an XML document's root, without a namespace's prefix. */
function rootOf(text: string): string | undefined {
  return /^\ufeff?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)/s.exec(text)?.[1];
}

/** What an answer is, in words. */
function whatCame(text: string, headers: Response["headers"]): string {
  const trimmed = text.trim();
  if (trimmed === "") return "it is empty";
  if (isPage(trimmed)) {
    const title = /<title[^>]*>\s*(.*?)\s*<\/title>/is.exec(trimmed)?.[1];
    return `it is a web page${title ? `: ${quoted(title)}` : ""}`;
  }
  if (/^[{[]/.test(trimmed)) return `it is JSON: ${quoted(trimmed)}`;
  const root = rootOf(trimmed);
  if (root !== undefined) return `it is XML of another kind: <${root}>`;
  return `it is ${typeOf(headers)}: ${quoted(trimmed)}`;
}

function adviceFor(text: string, origin: string): string {
  if (rootOf(text) === "ListAllMyBucketsResult") {
    return `; it lists buckets, so the bucket's name was lost on the way: try --s3-addressing path`;
  }
  return isPage(text.trim())
    ? `; is ${origin} the address of the S3 API, and not of its console or of a login page?`
    : `; is ${origin} the address of an S3 API?`;
}

function isPage(text: string): boolean {
  return /^(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title)\b/is.test(text);
}

function isHtml(headers: Response["headers"]): boolean {
  return /html/i.test(headers["content-type"] ?? "");
}

function typeOf(headers: Response["headers"]): string {
  return headers["content-type"]?.split(";")[0] ?? "of no named type";
}

function quoted(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return JSON.stringify(line.length > maxQuoted ? `${line.slice(0, maxQuoted)}…` : line);
}

/** A redirection's query may hold a token. */
function withoutQuery(location: string): string {
  return printableAddress(location).replace(/[?#].*$/s, "");
}
