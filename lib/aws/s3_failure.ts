import { type ErrorKind, SluiceError, type SluiceErrorOptions } from "../errors/sluice_error.ts";

/** What an error of the AWS SDK says, as far as it is known. */
export interface S3Answer {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** S3's name for the error. */
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
}

/** Reads an error of the SDK, or of the `fetch` below it. */
export function answerOf(error: unknown): S3Answer {
  const { name, message, cause, $metadata } = error as Error & {
    $metadata?: { httpStatusCode?: number; attempts?: number };
  };
  const inner = message === "fetch failed" && cause instanceof Error ? cause.message : message;
  if (/XML parse error/.test(inner)) {
    return { status: 0, code: name, message: "the server's answer is not S3's XML", attempts: 1 };
  }
  return {
    status: $metadata?.httpStatusCode ?? 0,
    code: name,
    message: inner.replace(/\.$/, ""),
    attempts: $metadata?.attempts ?? 1,
  };
}

/** An error that says what failed; an abort's own reason where the call was aborted. */
export function failure(
  action: string,
  url: string,
  cause: unknown,
  signal: AbortSignal,
  kind: ErrorKind = "source",
): Error {
  return signal.aborted ? signal.reason : awsError({ kind, action, subject: url }, cause);
}

/** An error that says what failed, and what the server answered. */
export function awsError(what: Omit<SluiceErrorOptions, "reason" | "cause">, cause: unknown): SluiceError {
  const { status, code, message, attempts } = answerOf(cause);
  const words = [
    status > 0 ? `${status} ${code}` : "",
    // A HEAD's answer has no body to say more in; the SDK then repeats itself.
    message === code || message === "UnknownError" ? "" : withEndpointAdvice(message),
  ].filter((word) => word !== "");
  const times = attempts > 1 ? ` after ${attempts} attempts` : "";
  return new SluiceError({ ...what, reason: `${words.join(": ")}${times}`, cause });
}

function withEndpointAdvice(message: string): string {
  if (!/not a valid URI|Invalid URL/.test(message)) return message;
  return `${message}; AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL must be http[s]://HOST[:PORT]`;
}
