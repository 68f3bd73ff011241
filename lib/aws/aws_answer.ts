import { printableUrls } from "../text/printable_urls.ts";

/** What an error of the AWS SDK says, as far as it is known. */
export interface AwsAnswer {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** The service's name for the error. */
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
}

/** Reads an error of the SDK, or of the `fetch` below it. */
export function answerOf(error: unknown): AwsAnswer {
  const { name, message, cause, $metadata } = error as Error & {
    $metadata?: { httpStatusCode?: number; attempts?: number };
  };
  // Deno's `fetch` and the SDK's reader of XML have no codes for these.
  const inner = message === "fetch failed" && cause instanceof Error ? cause.message : message;
  if (/XML parse error/.test(inner)) {
    return { status: 0, code: name, message: "the server's answer is not S3's XML", attempts: 1 };
  }
  return {
    status: $metadata?.httpStatusCode ?? 0,
    code: name,
    message: printableUrls(inner.replace(/\.$/, "")),
    attempts: $metadata?.attempts ?? 1,
  };
}
