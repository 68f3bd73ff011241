import { address, choice, period, type Settings, text } from "../settings/setting.ts";

const place = {
  forms: ["s3://BUCKET/PREFIX/", "a path", "file:PATH"],
  accepts: /^(?:s3:\/\/[^/]+(?:\/|$)|file:.|(?![a-z][a-z0-9+.-]+:).)/i,
};

/** Where objects are, and where they go. */
export const storeSettings = {
  from: address({
    help: "Where the objects are",
    required: "the place of the objects, one of s3://BUCKET/PREFIX/, a path, file:PATH",
    ...place,
  }),
  to: address({
    help: "Where they go, under the same names",
    required: "the place for the output, one of s3://BUCKET/PREFIX/, a path, file:PATH",
    ...place,
  }),
  ledger: text({
    help: "File that remembers which objects are done, to spare requests; can be lost without harm",
    placeholder: "PATH",
    default: ".sluice/ledger.db",
  }),
} satisfies Settings;

/** How S3 is spoken to, and how it encrypts outputs; where S3 is and who asks follows the AWS variables and profiles. */
export const s3Settings = {
  s3Ca: text({
    help: "Certificate authorities to check an https:// endpoint with, a PEM file",
    placeholder: "PATH",
    defaultText: "AWS_CA_BUNDLE, else the system's",
    fallbackVariable: "AWS_CA_BUNDLE",
  }),
  s3Timeout: period({
    help: "How long S3 may be silent before a request is made again, up to five times",
    min: "100ms",
    max: "1h",
    default: "60s",
  }),
  s3Sse: choice(["AES256", "aws:kms"], {
    help: "Server-side encryption of outputs in S3",
    defaultText: "the bucket's",
  }),
  s3SseKmsKeyId: text({ help: "Key for --s3-sse aws:kms", placeholder: "ID", defaultText: "the account's" }),
} satisfies Settings;
