import { connect, type Socket } from "node:net";
import postgres from "postgres";
import type { PostgresAddress } from "./postgres_address.ts";

export interface PostgresLinkOptions {
  readonly address: PostgresAddress;
  /** How long the server may be silent where it need not work for long, in seconds. */
  readonly timeoutSeconds: number;
  /** Certificate authorities to check the server with, PEM. Defaults to the system's. */
  readonly ca?: string;
}

/** How a statement is waited for. */
export interface StatementOptions {
  readonly signal: AbortSignal;
  /** In seconds. Defaults to the link's. */
  readonly timeoutSeconds?: number;
}

/** A row of an answer. */
export type PostgresRow = Readonly<Record<string, unknown>>;

/** What of a query of the client its types leave out: the one place that learns of every failure. */
interface Rejectable {
  reject(error: Error): void;
}

/** The client's types leave out how a connection is made. */
type ClientOptions = postgres.Options<Record<never, never>> & { socket: () => Promise<Socket> };

interface CopySink {
  write(chunk: Uint8Array, done: (error?: Error | null) => void): void;
  end(done: (error?: Error | null) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

/**
 * One connection to PostgreSQL: one statement at a time, opened by the first. What is not answered in time, or is
 * aborted, ends the connection, and with it its transaction. A connection that has ended is not opened again.
 */
export class PostgresLink {
  readonly #sql: postgres.Sql;
  readonly #timeoutSeconds: number;
  #socket: Socket | undefined;
  /** Ends the wait for the present statement. */
  #giveUp: ((why: Error) => void) | undefined;
  #lateEnd: ReturnType<typeof setTimeout> | undefined;
  #isDead = false;

  constructor({ address, ca, timeoutSeconds }: PostgresLinkOptions) {
    this.#timeoutSeconds = timeoutSeconds;
    const options: ClientOptions = {
      host: address.host, // for its messages
      port: address.port,
      database: address.database,
      ...(address.user === undefined ? {} : { username: address.user }),
      ...(address.password === undefined ? {} : { password: address.password }),
      ssl: address.isTls ? { rejectUnauthorized: true, ca, ...serverName(address.host) } : false,
      socket: () => this.#connect(address),
      max: 1,
      prepare: false, // a pooler between us and the server need not know of prepared statements
      fetch_types: false,
      connect_timeout: Math.ceil(timeoutSeconds),
      max_lifetime: null,
      onnotice: () => {},
      onclose: () => this.#die(new Error("the connection was closed")),
      connection: { application_name: "sluice" },
    };
    this.#sql = postgres(options);
  }

  /** Whether it has ended, by itself or not. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Several statements where there are no parameters; the rows of the one, or of none. */
  async query(
    text: string,
    parameters: readonly (string | number | null)[],
    options: StatementOptions,
  ): Promise<readonly PostgresRow[]> {
    return await this.#wait(options, () => this.#sql.unsafe(text, [...parameters]));
  }

  /**
   * Sends rows by a COPY statement, as fast as the server takes them. A connection whose COPY has failed, on either side,
   * is good for nothing but to be closed.
   */
  async copy(text: string, chunks: Iterable<Uint8Array>, options: StatementOptions): Promise<void> {
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    const query = this.#sql.unsafe(text);
    // The client forgets a query that has become a stream: what fails after its end is reported nowhere else.
    const rejectable = query as unknown as Rejectable;
    const reject = rejectable.reject.bind(rejectable);
    rejectable.reject = (error) => {
      failed.reject(error);
      reject(error);
    };
    const sink = await this.#wait(options, () => query.writable()) as unknown as CopySink;
    sink.on("error", failed.reject);
    const settled = (send: (done: (error?: Error | null) => void) => void) =>
      this.#wait(options, () =>
        Promise.race([
          failed.promise,
          new Promise<void>((resolve, reject) => send((error) => error ? reject(error) : resolve())),
        ]));
    for (const chunk of chunks) await settled((done) => sink.write(chunk, done));
    await settled((done) => sink.end(done));
  }

  /** Ends the connection; a transaction that is open is rolled back by the server. Never throws. */
  async close(): Promise<void> {
    this.#die(new Error("the connection was closed"));
    await this.#sql.end({ timeout: 0 }).catch(() => {});
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    socket.destroy();
    await new Promise<void>((resolve) => socket.closed ? resolve() : socket.once("close", () => resolve()));
  }

  /** The client's own connection waits with small messages for the server's acknowledgement, 40 ms each time. */
  async #connect({ host, port }: PostgresAddress): Promise<Socket> {
    const socket = connect(host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("the connection was closed")));
    });
    socket.removeAllListeners();
    if (!host.startsWith("/")) socket.setNoDelay(true);
    return socket;
  }

  #die(why: Error): void {
    this.#isDead = true;
    const giveUp = this.#giveUp;
    // What the client says of a lost connection comes first, where it says something.
    if (giveUp !== undefined) this.#lateEnd ??= setTimeout(() => giveUp(why), 0);
  }

  async #wait<T>(
    { signal, timeoutSeconds = this.#timeoutSeconds }: StatementOptions,
    work: () => PromiseLike<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    if (this.#isDead) throw new Error("the connection was closed");
    const given = Promise.withResolvers<never>();
    this.#giveUp = given.reject;
    const end = (reason: Error) => {
      given.reject(reason);
      this.close();
    };
    const onAbort = () => end(signal.reason);
    signal.addEventListener("abort", onAbort);
    const timer = setTimeout(() => end(new Error(`no answer in ${timeoutSeconds} s`)), timeoutSeconds * 1000);
    try {
      const working = Promise.resolve(work());
      working.catch(() => {}); // it may fail when it is not waited for any more
      return await Promise.race([working, given.promise]);
    } finally {
      this.#giveUp = undefined;
      clearTimeout(timer);
      clearTimeout(this.#lateEnd);
      signal.removeEventListener("abort", onAbort);
    }
  }
}

/** Names of hosts are sent to the server, addresses are not. */
function serverName(host: string): { servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host };
}
