import { answerOf, type AwsAnswer } from "../../aws/aws_answer.ts";
import { awsError, type FailedCall } from "../../aws/aws_failure.ts";
import { isAboutCredentials } from "../../aws/credentials_reason.ts";
import { ForeignAnswerError } from "../../aws/foreign_answer_error.ts";
import { throughProxy } from "../../aws/through_proxy.ts";
import { SluiceError, type SluiceErrorOptions } from "../../errors/sluice_error.ts";
import { CredentialsError, ObjectArchivedError, RequestRefusedError } from "../store.ts";

/** Errors of a status from 400 on that S3 documents as worth another attempt; 408 and 429 are so by themselves. */
const transientCodes = new Set([
  "BandwidthLimitExceeded",
  "ConditionalRequestConflict",
  "IncompleteBody",
  "OperationAborted",
  "RequestLimitExceeded",
  "RequestTimeout",
  "RequestTimeoutException",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
]);

/** The right in a policy of IAM that a call needs, by what was done. */
const rights: readonly (readonly [action: RegExp, right: string])[] = [
  [/^list$/, "s3:ListBucket"],
  [/^(?:look at|read)$/, "s3:GetObject"],
  [/^(?:write|write to|start upload of|upload part \d+ of)$/, "s3:PutObject"],
  [/^remove$/, "s3:DeleteObject"],
  [/^list unfinished uploads of$/, "s3:ListBucketMultipartUploads"],
  [/^remove unfinished upload of$/, "s3:AbortMultipartUpload"],
];

/** What is known of the client whose call has failed. */
export interface S3ClientState {
  /** The region that requests are signed for. */
  readonly region: string;
  /** Whether the server has taken requests with these credentials. */
  readonly hasSucceeded: boolean;
}

/** The error for a failed call, by what can be done about it. */
export function s3Error(what: FailedCall, cause: unknown, state: S3ClientState): SluiceError {
  const plain = awsError(what, cause);
  const because = (reason: string): SluiceErrorOptions => ({ ...what, reason, cause });
  const answer = answerOf(cause);
  if (isAboutCredentials(answer, state)) {
    return new CredentialsError(because(plain.reason));
  }
  const elsewhere = otherRegion(cause, answer, state);
  if (elsewhere !== undefined) return new RequestRefusedError(because(elsewhere));
  if (answer.code === "InvalidObjectState") {
    const advice =
      "the object is archived: restore it first, or leave out archived objects with --skip-archived";
    return new ObjectArchivedError(because(`${plain.reason}; ${advice}`));
  }
  if (isUnreachable(answer) && throughProxy(cause) === "") {
    const advice = "is its server up, and the endpoint right (AWS_ENDPOINT_URL_S3, or AWS_ENDPOINT_URL)?";
    return new SluiceError(because(`${plain.reason}; ${advice}`));
  }
  if (!isPermanent(cause, answer)) return plain;
  return new RequestRefusedError(because(`${plain.reason}${adviceFor(what, answer)}`));
}

/** Whether no server was there. What `fetch` and `node:http` say has no code that is the same in both. */
function isUnreachable({ message, status }: AwsAnswer): boolean {
  return status === 0 && /Connection refused|ECONNREFUSED|dns error|ENOTFOUND|EAI_AGAIN/.test(message);
}

/** Whether the same request would be refused again. */
function isPermanent(cause: unknown, { status, code }: AwsAnswer): boolean {
  if (cause instanceof ForeignAnswerError && status === 0) return true;
  return status >= 400 && status < 500 && status !== 408 && status !== 429 && !transientCodes.has(code);
}

/** What to do about a bucket that is in another region than the one that requests are signed for. */
function otherRegion(cause: unknown, { status, code }: AwsAnswer, state: S3ClientState): string | undefined {
  if (![301, 307, 400].includes(status)) return undefined;
  const { $response, Region, Endpoint } = cause as {
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
    readonly Region?: string;
    readonly Endpoint?: string;
  };
  const region = $response?.headers?.["x-amz-bucket-region"] ?? Region;
  if (region !== undefined && region !== state.region) {
    return `the bucket is in ${region}, and requests are for ${state.region}: set --s3-region ${region} (or AWS_REGION)`;
  }
  if (status !== 301 && code !== "PermanentRedirect") return undefined;
  return `${status} ${code}: the bucket is at another address` +
    (Endpoint === undefined ? "" : `, ${Endpoint}`) +
    ": set the bucket's region with --s3-region (or AWS_REGION), and no endpoint of another one";
}

/** What to do about a request that is refused, where that is known. */
function adviceFor({ action }: FailedCall, { code, message, status }: AwsAnswer): string {
  if (code === "NoSuchBucket") {
    return "; check the bucket's name, and the endpoint in AWS_ENDPOINT_URL_S3 if that is set";
  }
  if (code === "AccessDenied" || (status === 403 && code === "Forbidden")) {
    const right = rights.find(([pattern]) => pattern.test(action))?.[1];
    return right === undefined ? "" : `; the credentials need the right ${right}`;
  }
  // S3 has no code of its own for these.
  if (code === "InvalidRequest" && /Server Side Encryption/i.test(message)) {
    return "; the object is encrypted with a key of the customer (SSE-C), which Sluice does not take: copy it to one without";
  }
  return "";
}
