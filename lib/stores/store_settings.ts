import { address, choice, period, type Settings, text, texts, whole } from "../settings/setting.ts";

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

/** Where finished objects are remembered. */
export const ledgerSettings = {
  ledger: text({
    help: "File that remembers which objects are processed, to save requests; safe to delete",
    placeholder: "PATH",
    default: ".sluice/ledger.db",
  }),
} satisfies Settings;

/** How S3 is accessed, and how outputs are encrypted; region, endpoint and credentials come from the AWS variables and profiles. */
export const s3Settings = {
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
  sse: choice(["AES256", "aws:kms"], {
    help: "Server-side encryption of outputs in S3",
    defaultText: "the bucket's",
  }),
  sseKmsKeyId: text({ help: "Key for --s3-sse aws:kms", placeholder: "ID", defaultText: "the account's" }),
} satisfies Settings;

/** How records are written to a table of PostgreSQL. The address is the destination's; its password may stand in PGPASSWORD. */
export const postgresSettings = {
  table: text({
    help: "Table for the records; NAME_objects and NAME_rejects are created beside it",
    name: "table",
    placeholder: "[SCHEMA.]NAME",
    default: "records",
  }),
  key: texts({
    help: "Field that identifies a record, to update existing rows (upsert); may be repeated",
    name: "tableKey",
    placeholder: "FIELD",
    defaultText: "rows are replaced by object",
  }),
  ca: text({
    help: "Certificate authorities to verify the server with if the address has sslmode=require, a PEM file",
    placeholder: "PATH",
    defaultText: "the system's",
  }),
  connections: whole({
    help: "Connections for outputs of up to 8 MiB, 1 to 100; each larger output opens one more",
    min: 1,
    max: 100,
    default: 8,
  }),
  timeout: period({
    help: "PostgreSQL response timeout (except while merging rows)",
    min: "1s",
    max: "1h",
    default: "60s",
  }),
} satisfies Settings;
