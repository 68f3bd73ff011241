import { PostgresServer } from "../fakes/postgres_server.ts";

let started: Promise<PostgresServer | string> | undefined;

/** The PostgreSQL of all rows, each with a database of its own; or why there is none. Making one takes seconds. */
export function sharedPostgres(): Promise<PostgresServer | string> {
  return started ??= PostgresServer.start();
}

/** Ends it at the end of all rows. */
export async function stopSharedPostgres(): Promise<void> {
  const server = await started;
  if (typeof server === "object") await server[Symbol.asyncDispose]();
}
