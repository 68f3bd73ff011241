import { period, type Settings, text, texts, whole } from "../../settings/setting.ts";

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
    help:
      "Certificate authorities to verify the server with if the address has sslmode=require, verify-ca or verify-full, a PEM file",
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
