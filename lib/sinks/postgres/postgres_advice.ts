/** What to do about failures, by SQLSTATE or the code of the connection. */
const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "no PostgreSQL listens there: start it, or check the address in --to",
  ENOTFOUND: "no host has that name: check the address in --to",
  "28P01": "check the user and password in --to, or PGPASSWORD",
  "28000": "the server's pg_hba.conf lets nobody in so: check the user in --to, and sslmode",
  "3D000": "create it with CREATE DATABASE, or check the address in --to",
  "25006": "the server or session is read-only: name the primary in --to",
  "53100": "the server's disk is full",
  "53300": "lower --postgres-connections, or raise the server's max_connections",
};

/** What to do about a failure of PostgreSQL or of the connection to it, where that is known. */
export function postgresAdvice(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(advice, code) ? advice[code] : undefined;
}
