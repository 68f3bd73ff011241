/** The columns that tables of pairs and of rejects must have; others may be there beside them. */
export const tableColumns = {
  matches: ["menu_id", "term_id", "score", "matched", "kind"],
  match_rejects: ["object", "line", "reason", "text"],
} as const;

/** One of our tables. */
export type TableName = keyof typeof tableColumns;

/** The columns that identify a row of a table. */
export const tableKeys: Readonly<Record<TableName, readonly string[]>> = {
  matches: ["menu_id", "term_id"],
  match_rejects: ["object", "line"],
};

/**
 * Checks a table that was there before.
 *
 * @param found Its columns.
 * @param hasKey Whether it is unique by its key.
 * @throws {Error} It does not fit. The message is the reason of the caller's error.
 */
export function checkTable(table: TableName, found: readonly string[], hasKey: boolean): void {
  const wanted = tableColumns[table];
  const missing = wanted.filter((column) => !found.includes(column));
  if (missing.length > 0) {
    throw new Error(
      `its table ${table} has the columns ${found.join(", ")}, but not ${missing.join(", ")}; ` +
        `name another database, or give the table another name`,
    );
  }
  if (!hasKey) {
    throw new Error(
      `its table ${table} is not unique by ${tableKeys[table].join(" and ")}; make an index for it`,
    );
  }
}
