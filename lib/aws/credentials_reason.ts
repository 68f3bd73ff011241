import type { AwsAnswer } from "./aws_answer.ts";
import { missingCredentials } from "./missing_credentials.ts";

/** What the services say of credentials that they do not take, and what to do. */
const advices: Readonly<Record<string, string>> = {
  ExpiredToken: expired(),
  ExpiredTokenException: expired(),
  TokenRefreshRequired: expired(),
  RequestExpired: expired(),
  InvalidAccessKeyId: "the server does not know this access key: check AWS_ACCESS_KEY_ID, or the AWS profile",
  InvalidClientTokenId:
    "the server does not know this access key: check AWS_ACCESS_KEY_ID, or the AWS profile",
  UnrecognizedClientException:
    "the server does not know this access key: check AWS_ACCESS_KEY_ID, or the AWS profile",
  InvalidToken: "check AWS_SESSION_TOKEN, or the AWS profile: it must belong to the access key",
  InvalidSecurity: "check the AWS credentials",
  NotSignedUp: "the account of these credentials has no access to S3",
  AccountProblem: "the account of these credentials has a problem that AWS Support knows of",
  RequestTimeTooSkewed: "the clock of this machine is wrong: set it",
};
/** What may also be about a single object, whose name a server or proxy reads otherwise. */
const signature =
  "check AWS_SECRET_ACCESS_KEY, or the AWS profile, and that no proxy changes requests on their way";

function expired(): string {
  return "the credentials have expired: get new ones, such as by aws sso login, and run again";
}

/** Whether a call failed for its credentials, so that others will fail as well. */
export function isAboutCredentials(
  { code }: Pick<AwsAnswer, "code">,
  { hasSucceeded }: { readonly hasSucceeded: boolean },
): boolean {
  if (code === "SignatureDoesNotMatch") return !hasSucceeded;
  return code === "CredentialsProviderError" || Object.hasOwn(advices, code);
}

/** What to do about credentials that are not taken. */
export function credentialsReason({ code }: Pick<AwsAnswer, "code">): string {
  if (code === "CredentialsProviderError") return missingCredentials();
  return advices[code] ?? signature;
}
