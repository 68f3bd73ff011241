import { readAuthorities } from "../../tls/read_pem.ts";
import type { MatchTable } from "./match_table.ts";

export interface OpenMatchTableOptions {
  readonly signal: AbortSignal;
  /** How long a database may be silent, in seconds. Defaults to 60. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities to check PostgreSQL with, a PEM file. */
  readonly ca?: string;
  /** Whether files that Sluice did not write are replaced. Defaults to false. */
  readonly overwrite?: boolean;
  /** Called before each retry. */
  readonly onTrouble?: (message: string) => void;
}

/** What {@linkcode openMatchTable} takes. */
export const matchTableForms = [
  "postgres://USER@HOST:PORT/DATABASE",
  "sqlite:PATH",
  "a path ending in .csv",
] as const;

/** Recognizes these addresses. */
export const matchTableAddress = /^(?:postgres(?:ql)?:\/\/.|sqlite:.|(?![a-z][a-z0-9+.-]+:).*\.csv$)/i;

/**
 * Opens the table for pairs at `postgres://…`, `sqlite:PATH` or a path ending in `.csv`. The client of PostgreSQL is loaded
 * only for that.
 *
 * @throws {ForeignFileError} The path, or that of its rejects, has a file that Sluice did not write.
 * @throws {Error} As the tables do.
 */
export async function openMatchTable(url: string, options: OpenMatchTableOptions): Promise<MatchTable> {
  if (/^postgres(?:ql)?:/i.test(url)) {
    const { PostgresMatchTable } = await import("./postgres_match_table.ts");
    const { ca, overwrite: _, signal, ...rest } = options;
    return await PostgresMatchTable.open(url, signal, {
      ...rest,
      ca: ca === undefined ? undefined : await readAuthorities(ca),
    });
  }
  if (/^sqlite:/i.test(url)) {
    const { SqliteMatchTable } = await import("./sqlite_match_table.ts");
    return new SqliteMatchTable(url.slice("sqlite:".length));
  }
  const { CsvMatchTable } = await import("./csv_match_table.ts");
  if (options.overwrite !== true) await CsvMatchTable.refuseForeign(url);
  return new CsvMatchTable(url);
}
