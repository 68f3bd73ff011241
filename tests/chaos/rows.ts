import type { Row } from "./row.ts";
import { cacheRows } from "./rows/cache_rows.ts";
import { destinationRows } from "./rows/destination_rows.ts";
import { inputRows } from "./rows/input_rows.ts";
import { modelRows } from "./rows/model_rows.ts";
import { processRows } from "./rows/process_rows.ts";
import { sourceRows } from "./rows/source_rows.ts";

/** The fault table, in the order in which it is printed. */
export const rows: readonly Row[] = [
  ...processRows,
  ...sourceRows,
  ...destinationRows,
  ...cacheRows,
  ...modelRows,
  ...inputRows,
];
