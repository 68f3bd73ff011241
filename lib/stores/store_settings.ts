import { address, choice, period, type Settings, text, texts, whole } from "../settings/setting.ts";

const place = {
  forms: ["s3://BUCKET/PREFIX/", "a path", "file:PATH"],
  // A database too: what it cannot be is said where no part of its address is quoted.
  accepts: /^(?:s3:\/\/[^/]+(?:\/|$)|file:.|postgres(?:ql)?:\/\/.|(?![a-z][a-z0-9+.-]+:).)/i,
};

const destination = { ...place, forms: [...place.forms, "postgres://USER@HOST:PORT/DATABASE"] };

/** Where objects are, and where they go. */
export const storeSettings = {
  from: address({
    help: "Where the objects are",
    required: "the place of the objects, one of s3://BUCKET/PREFIX/, a path, file:PATH",
    ...place,
  }),
  to: address({
    help: "Where they go, under the same names; a database takes their records as rows",
    required: "the place for the output, one of s3://BUCKET/PREFIX/, a path, file:PATH, " +
      "postgres://USER@HOST:PORT/DATABASE",
    secret: true,
    ...destination,
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

/** How records go into a table of PostgreSQL; where that is stands in `to`, and its password may stand in PGPASSWORD. */
export const postgresSettings = {
  table: text({
    help: "Table for the records; NAME_objects and NAME_rejects stand beside it",
    placeholder: "[SCHEMA.]NAME",
    default: "records",
  }),
  tableKey: texts({
    help: "Field that tells records apart, to update rows by; may be repeated. Without: by object",
    placeholder: "FIELD",
  }),
  postgresCa: text({
    help:
      "Certificate authorities to check the server with, where the address has sslmode=require, a PEM file",
    placeholder: "PATH",
    defaultText: "the system's",
  }),
  postgresConnections: whole({
    help:
      "Outputs of up to 8 MiB written at once, 1 to 100, by a connection each; larger ones have their own besides",
    min: 1,
    max: 100,
    default: 8,
  }),
  postgresTimeout: period({
    help: "How long PostgreSQL may be silent, but for the merge of an object's rows",
    min: "1s",
    max: "1h",
    default: "60s",
  }),
} satisfies Settings;
