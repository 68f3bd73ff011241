import { connect, type Socket } from "node:net";
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from "node:tls";
import postgres from "postgres";
import { SluiceError } from "../../errors/sluice_error.ts";
import { readAuthorities, readPem } from "../../tls/read_pem.ts";
import type { PostgresAddress, PostgresHost } from "./postgres_address.ts";

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
  readonly #open: () => postgres.Sql;
  #sql: postgres.Sql;
  /** Settled when the server is one that `target_session_attrs` asks for. */
  #chosen: Promise<void> | undefined;
  #isChoosing = false;
  readonly #timeoutSeconds: number;
  readonly #address: PostgresAddress;
  readonly #ca: string | undefined;
  /** What TLS is spoken with; complete when a connection is there. */
  readonly #tls: ConnectionOptions = { rejectUnauthorized: true };
  /** Servers that were connected to, and did not serve. */
  #tried = 0;
  #socket: Socket | undefined;
  /** Ends the wait for the present statement. */
  #giveUp: ((why: Error) => void) | undefined;
  #lateEnd: ReturnType<typeof setTimeout> | undefined;
  #isDead = false;

  constructor({ address, ca, timeoutSeconds }: PostgresLinkOptions) {
    this.#timeoutSeconds = timeoutSeconds;
    this.#address = address;
    this.#ca = ca;
    const { isTls, keepAliveSeconds, startup, tlsMode } = address;
    const options: ClientOptions = {
      host: address.host, // for its messages
      port: address.port,
      database: address.database,
      ...(address.user === undefined ? {} : { username: address.user }),
      ...(address.password === undefined ? {} : { password: address.password }),
      ssl: !isTls ? false : tlsMode === "prefer" ? "prefer" : this.#tls,
      socket: () => this.#connect(),
      max: 1,
      prepare: false, // a pooler between us and the server need not know of prepared statements
      fetch_types: false,
      connect_timeout: Math.ceil(Math.min(timeoutSeconds, address.connectSeconds ?? Infinity)),
      ...(keepAliveSeconds !== undefined && { keep_alive: keepAliveSeconds }),
      max_lifetime: null,
      onnotice: () => {},
      onclose: () => this.#isChoosing || this.#die(new Error("the connection was closed")),
      connection: { application_name: "sluice", ...startup },
    };
    this.#open = () => postgres(options);
    this.#sql = this.#open();
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
    return await this.#wait(options, async () => {
      if (this.#address.target !== undefined) await (this.#chosen ??= this.#choose(this.#address.target));
      return await this.#sql.unsafe(text, [...parameters]);
    });
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

  /** Goes from server to server until one is what is asked for. (The client's own choice fails at the first that is not.) */
  async #choose(target: string): Promise<void> {
    this.#isChoosing = true;
    for (;;) {
      const [is] = await this.#sql.unsafe(
        "select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as \"read-only\"",
      );
      const fits = target === "primary"
        ? !is!.standby
        : target === "read-write"
        ? !is!["read-only"]
        : is![target];
      if (fits) break;
      await this.#sql.end({ timeout: 0 });
      this.#sql = this.#open();
    }
    this.#isChoosing = false;
  }

  /**
   * Connects to the first server that is there; called again if that is not what `target_session_attrs` asks for.
   *
   * The client's own connection waits with small messages for the server's acknowledgement, 40 ms each time.
   */
  async #connect(): Promise<Socket> {
    const hosts = [this.#address, ...this.#address.others ?? []];
    const { target } = this.#address;
    let failure: unknown = new Error(`no server is ${target}, which target_session_attrs asks for`);
    while (this.#tried < hosts.length) {
      const host = hosts[this.#tried++]!;
      try {
        const socket = await this.#connectTo(host);
        await this.#prepareTls(host);
        return socket;
      } catch (error) {
        failure = error;
        if (error instanceof SluiceError) break;
      }
    }
    throw failure;
  }

  async #connectTo({ host, port }: PostgresHost): Promise<Socket> {
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

  /** @throws {SluiceError} A file cannot be used. */
  async #prepareTls({ host }: PostgresHost): Promise<void> {
    const { cert, isTls, key, rootCert, tlsMode } = this.#address;
    if (!isTls || tlsMode === "prefer") return;
    const servername = serverName(host);
    delete this.#tls.checkServerIdentity; // of the host before
    const isSystem = rootCert === undefined || rootCert === "system";
    Object.assign(this.#tls, {
      ca: isSystem ? rootCert === undefined ? this.#ca : undefined : await readAuthorities(rootCert),
      ...(cert !== undefined && { cert: await readPem("the client certificate", cert) }),
      ...(key !== undefined && { key: await readPem("the client certificate's key", key) }),
      servername,
      ...(tlsMode === "verify-ca"
        ? { checkServerIdentity: () => undefined }
        : servername === undefined
        ? { checkServerIdentity: (_: string, shown: PeerCertificate) => checkServerIdentity(host, shown) }
        : {}),
    });
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
function serverName(host: string): string | undefined {
  return /^[\d.]+$|:/.test(host) ? undefined : host;
}
