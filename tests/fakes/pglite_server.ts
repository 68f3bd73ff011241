import { parsePostgresAddress } from "../../lib/sinks/postgres/postgres_address.ts";
import { PostgresLink, type PostgresRow } from "../../lib/sinks/postgres/postgres_link.ts";

/**
 * PostgreSQL compiled to WebAssembly, in a worker, behind a socket: for machines without a server. It has one database and
 * one backend, which connections take in turns: what is between a server and several clients it cannot show.
 */
export class PgliteServer {
  /** The address of its database, for `--to`. */
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  /** Starts one on a free port, with nothing in it. It is gone with the process. */
  static async start(): Promise<PgliteServer> {
    const worker = new Worker(new URL("./pglite_worker.ts", import.meta.url), { type: "module" });
    const listening = Promise.withResolvers<string>();
    worker.onmessage = ({ data }) => listening.resolve(data);
    worker.onerror = ({ message }) => listening.reject(new Error(`Cannot start PGlite: ${message}`));
    return new PgliteServer(`postgres://postgres@${await listening.promise}/postgres`);
  }

  /** The rows of a statement; of several, none. */
  async sql(statements: string): Promise<readonly PostgresRow[]> {
    const link = new PostgresLink({ address: parsePostgresAddress(this.url), timeoutSeconds: 60 });
    try {
      return await link.query(statements, [], { signal: new AbortController().signal });
    } finally {
      await link.close();
    }
  }
}
