import type { Row } from "./row.ts";
import { cacheRows } from "./rows/cache_rows.ts";
import { credentialRows } from "./rows/credential_rows.ts";
import { destinationRows } from "./rows/destination_rows.ts";
import { foreignFileRows } from "./rows/foreign_file_rows.ts";
import { inputRows } from "./rows/input_rows.ts";
import { mixedAnswersRows } from "./rows/mixed_answers_rows.ts";
import { modelRows } from "./rows/model_rows.ts";
import { processRows } from "./rows/process_rows.ts";
import { postgresRows } from "./rows/postgres_rows.ts";
import { proxyRows } from "./rows/proxy_rows.ts";
import { rejectRows } from "./rows/reject_rows.ts";
import { rightsRows } from "./rows/rights_rows.ts";
import { secretRows } from "./rows/secret_rows.ts";
import { silenceRows } from "./rows/silence_rows.ts";
import { sourceRows } from "./rows/source_rows.ts";

/** The fault table, in the order in which it is printed. */
export const rows: readonly Row[] = [
  ...processRows,
  ...sourceRows,
  ...destinationRows,
  ...cacheRows,
  ...modelRows,
  ...inputRows,
  ...silenceRows,
  ...rejectRows,
  ...mixedAnswersRows,
  ...foreignFileRows,
  ...postgresRows,
  ...secretRows,
  ...proxyRows,
  ...credentialRows,
  ...rightsRows,
];
