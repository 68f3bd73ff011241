/**
 * What SQLite's errors mean. Under Deno they do not always carry SQLite's code, so its messages are read, here and
 * nowhere else.
 */

/** Whether another process holds the database. */
export function isLocked(error: unknown): boolean {
  return has(error, /database is locked/);
}

/** Whether a table is missing; of a file that another process is creating, it is only not there yet. */
export function isTableMissing(error: unknown): boolean {
  return has(error, /no such table/);
}

/** Whether the connection or the file may only be read; what a killed process left to undo cannot be, either. */
export function isReadOnly(error: unknown): boolean {
  return has(error, /readonly database/);
}

/** Whether the file is damaged, no database, or one of something else. */
export function isCorruption(error: unknown): boolean {
  return has(error, /file is not a database|malformed|no such (?:table|column)/);
}

function has(error: unknown, pattern: RegExp): boolean {
  return error instanceof Error && pattern.test(error.message);
}
