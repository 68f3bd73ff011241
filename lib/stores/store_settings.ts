import { address, choice, period, type Settings, text, toggle, type Values } from "../settings/setting.ts";

const place = {
  forms: ["s3://BUCKET/PREFIX/", "a path", "file:PATH"],
  // A database too: what it cannot be is said where no part of its address is quoted.
  accepts: /^(?:s3:\/\/[^/]+(?:\/|$)|file:.|postgres(?:ql)?:\/\/.|(?![a-z][a-z0-9+.-]+:).)/i,
};

const destination = { ...place, forms: [...place.forms, "postgres://USER@HOST:PORT/DATABASE"] };

/** Where objects are read from. */
export const sourceSettings = {
  url: address({
    help: "Source of the objects",
    name: "from",
    required: "the source of the objects, one of s3://BUCKET/PREFIX/, a path, file:PATH",
    ...place,
  }),
} satisfies Settings;

/** Where outputs are written. */
export const destinationSettings = {
  url: address({
    help: "Destination of the outputs, which keep the objects' names; a database gets the records as rows",
    name: "to",
    required: "the destination of the outputs, one of s3://BUCKET/PREFIX/, a path, file:PATH, " +
      "postgres://USER@HOST:PORT/DATABASE",
    secret: true,
    ...destination,
  }),
} satisfies Settings;

/** How S3 is accessed; endpoint and credentials come from the AWS variables and profiles. */
export const s3AccessSettings = {
  ca: text({
    help: "Certificate authorities to verify an https:// endpoint with, a PEM file",
    placeholder: "PATH",
    defaultText: "AWS_CA_BUNDLE, else the system's",
    fallbackVariable: "AWS_CA_BUNDLE",
  }),
  timeout: period({
    help: "How long S3 may be silent before a request is retried, up to five times",
    min: "100ms",
    max: "1h",
    default: "60s",
  }),
  region: text({
    help: "Region of the buckets",
    placeholder: "REGION",
    defaultText: "AWS_REGION, else the AWS profile's",
  }),
  addressing: choice(["auto", "path", "virtual"], {
    help:
      "Where requests name the bucket: in the path, or in the host (virtual); auto is path for a custom endpoint and virtual for AWS",
    default: "auto",
  }),
  requesterPays: toggle({ help: "Pay for requests to buckets whose owners let the requester pay" }),
} satisfies Settings;

/** How S3 is accessed, as it is built. */
export type S3Access = Partial<Values<typeof s3AccessSettings>>;

/** How S3 is accessed, and how outputs are encrypted. */
export const s3Settings = {
  ...s3AccessSettings,
  sse: choice(["AES256", "aws:kms"], {
    help: "Server-side encryption of outputs in S3",
    defaultText: "the bucket's",
  }),
  sseKmsKeyId: text({ help: "Key for --s3-sse aws:kms", placeholder: "ID", defaultText: "the account's" }),
} satisfies Settings;
