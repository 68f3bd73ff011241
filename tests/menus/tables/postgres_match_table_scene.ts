import type { MatchRow } from "../../../lib/menus/tables/match_table.ts";
import {
  PostgresMatchTable,
  type PostgresMatchTableOptions,
} from "../../../lib/menus/tables/postgres_match_table.ts";
import { PostgresServer } from "../../fakes/postgres_server.ts";
import type { TestTable } from "./match_table_conformance.ts";

export const { signal } = new AbortController();
export const started = await PostgresServer.start();
export const ignore = typeof started === "string";
export const server = started as PostgresServer;

export const rowsSql =
  `SELECT coalesce(json_agg(json_build_object('menuId', menu_id, 'termId', term_id, 'score', score,
  'matched', matched, 'kind', kind)), '[]') FROM matches`;

export const rejectsSql =
  "SELECT coalesce(json_agg(json_build_array(object, line, reason, text)), '[]') FROM match_rejects";

export async function rowsOf(database: string): Promise<MatchRow[]> {
  return JSON.parse(await server.sql(database, rowsSql));
}

export async function open(
  options: PostgresMatchTableOptions = {},
): Promise<TestTable & { database: string }> {
  const database = await server.createDatabase();
  const again = () => PostgresMatchTable.open(server.url(database), signal, options);
  const table = await again();
  return {
    table,
    database,
    isKept: true,
    again,
    rows: () => rowsOf(database),
    rejects: async () => JSON.parse(await server.sql(database, rejectsSql)),
    close: () => table.close(),
  };
}

export const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `PostgresMatchTable() ${name}`, ignore, fn });
