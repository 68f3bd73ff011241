import { SluiceError, type SluiceErrorOptions } from "../errors/sluice_error.ts";
import { answerOf } from "./aws_answer.ts";
import { credentialsReason, isAboutCredentials } from "./credentials_reason.ts";
import { ForeignAnswerError } from "./foreign_answer_error.ts";
import { throughProxy } from "./through_proxy.ts";

/** What failed: everything about an error but why. */
export type FailedCall = Omit<SluiceErrorOptions, "reason" | "cause">;

/** An error that says what failed; an abort's own reason where the call was aborted. */
export function failure(what: FailedCall, cause: unknown, signal: AbortSignal): Error {
  return signal.aborted ? signal.reason : awsError(what, cause);
}

/** An error that says what failed, and what the server answered. */
export function awsError(what: FailedCall, cause: unknown): SluiceError {
  const answer = answerOf(cause);
  const { status, code, message, attempts } = answer;
  const advice = isAboutCredentials(answer, { hasSucceeded: false }) ? `; ${credentialsReason(answer)}` : "";
  const words = [
    status > 0 && !(cause instanceof ForeignAnswerError) ? `${status} ${code}` : "",
    // A HEAD's answer has no body to say more in; the SDK then repeats itself.
    message === code || message === "UnknownError" ? "" : withEndpointAdvice(message),
  ].filter((word) => word !== "");
  const times = attempts > 1 ? ` after ${attempts} attempts` : "";
  return new SluiceError({
    ...what,
    reason: `${words.join(": ")}${times}${advice}${throughProxy(cause)}`,
    cause,
  });
}

function withEndpointAdvice(message: string): string {
  if (!/not a valid URI|Invalid URL/.test(message)) return message;
  return `${message}; AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL must be http[s]://HOST[:PORT]`;
}
