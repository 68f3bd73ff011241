import { fileURLToPath } from "node:url";

export interface PostgresServerOptions {
  /** More of the server's settings: `max_connections=20`. */
  readonly settings?: readonly string[];
  /** With the certificate of `tests/testdata/tls`. */
  readonly tls?: boolean;
}

/** A real PostgreSQL, run for one test file: a cluster of its own, on a free port of this machine. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  /** Everything of it; its user owns it. */
  readonly folder: string;
  readonly #programs: string;
  readonly #options: PostgresServerOptions;
  #process!: Deno.ChildProcess;
  #output!: Promise<void>;
  #databases = 0;

  /**
   * Resolves when the server takes connections; to the reason if it cannot be run here. The
   * server refuses to be root's: run by root, it is that of the user `postgres`.
   */
  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer | string> {
    const missing = await PostgresServer.find();
    if (missing !== undefined) return missing;
    const programs = findPrograms()!;
    const folder = await Deno.makeTempDir({ prefix: "sluice-postgres-" });
    if (isRoot()) await execute(["chown", "postgres", folder]);
    const server = new PostgresServer(freePort(), folder, programs, options);
    const { data } = server;
    const initdb = ["-D", data, "-U", "sluice", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"];
    await execute(asOwner([`${programs}/initdb`, ...initdb]));
    if (options.tls) {
      for (const [from, to] of [["server.pem", "server.crt"], ["server.key", "server.key"]] as const) {
        const path = `${data}/${to}`;
        await Deno.copyFile(fileURLToPath(new URL(`../testdata/tls/${from}`, import.meta.url)), path);
        if (isRoot()) await execute(["chown", "postgres", path]);
        await Deno.chmod(path, 0o600);
      }
    }
    await server.start();
    return server;
  }

  /** Why no server can be run here; `undefined` if one can. */
  static async find(): Promise<string | undefined> {
    const run = await Deno.permissions.query({ name: "run" });
    if (run.state !== "granted") return "no permission to run postgres";
    if (findPrograms() === undefined) return "no initdb and postgres on PATH or under /usr/lib/postgresql";
  }

  private constructor(port: number, folder: string, programs: string, options: PostgresServerOptions) {
    this.port = port;
    this.folder = folder;
    this.#programs = programs;
    this.#options = options;
  }

  get data(): string {
    return `${this.folder}/data`;
  }

  /** The address of a database, for `--to`. */
  url(database = "postgres"): string {
    return `postgres://sluice@127.0.0.1:${this.port}/${database}`;
  }

  /** Creates an empty database, and returns its name. */
  async createDatabase(options = ""): Promise<string> {
    const name = `test${++this.#databases}`;
    await this.sql("postgres", `create database ${name} ${options}`);
    return name;
  }

  /** What `psql` prints for some statements: a line for each row, with `|` between the columns. */
  async sql(database: string, statements: string): Promise<string> {
    const connection = ["-h", this.folder, "-p", `${this.port}`, "-U", "sluice", "-d", database];
    const flags = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"];
    return await execute([`${this.#programs}/psql`, ...connection, ...flags, "-c", statements]);
  }

  async start(): Promise<void> {
    const tls = this.#options.tls ? ["ssl=on"] : [];
    const settings = [
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=${this.folder}`,
      "fsync=off",
      "log_min_messages=log",
      "deadlock_timeout=100ms",
      ...tls,
      ...this.#options.settings ?? [],
    ].flatMap((setting) => ["-c", setting]);
    const [program, ...args] = asOwner([
      `${this.#programs}/postgres`,
      "-D",
      this.data,
      "-p",
      `${this.port}`,
      ...settings,
    ]);
    this.#process = new Deno.Command(program!, { args, stdin: "null", stdout: "null", stderr: "piped" })
      .spawn();
    const ready = Promise.withResolvers<boolean>();
    this.#output = drain(this.#process.stderr, ready.resolve);
    if (!await ready.promise) throw new Error("Cannot start postgres: it ended before it was ready");
  }

  /** Ends the server and its backends at once, as a crash does. */
  async kill(): Promise<void> {
    await this.#stop("SIGKILL");
  }

  /** Starts it again, as soon as the backends of the one that was killed have seen that it is gone. */
  async restart(): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.start();
      } catch (error) {
        if (attempt === 100) throw error;
        await this.#process.status;
        await this.#output;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** For the end of a process that cannot wait. */
  killNow(): void {
    try {
      this.#process.kill("SIGQUIT");
    } catch {
      // It has ended.
    }
    Deno.removeSync(this.folder, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop("SIGINT");
    await Deno.remove(this.folder, { recursive: true });
  }

  async #stop(signal: Deno.Signal): Promise<void> {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#process.status;
    await this.#output;
  }
}

function findPrograms(): string | undefined {
  const installed = list("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...(Deno.env.get("PATH") ?? "").split(":"),
    ...installed.map((version) => `/usr/lib/postgresql/${version}/bin`),
  ];
  return folders.find((folder) =>
    ["initdb", "postgres", "psql"].every((name) => isFile(`${folder}/${name}`))
  );
}

function list(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isRoot(): boolean {
  return Deno.uid() === 0;
}

/** A command as the user who owns the cluster. */
function asOwner(command: readonly string[]): string[] {
  return isRoot()
    ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", ...command]
    : [...command];
}

/** Runs a command to its end; what it has printed. */
async function execute([program, ...args]: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program!, { args, stdin: "null" }).output();
  const text = new TextDecoder().decode(stdout);
  if (code !== 0) throw new Error(`Cannot run ${program}: ${text}${new TextDecoder().decode(stderr)}`);
  return text.trimEnd();
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Reads to the end, so that the server never waits for us; reports when it is ready, or has ended before. */
async function drain(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  ready: (isReady: boolean) => void,
): Promise<void> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    if (text.length < 64 * 1024) text += chunk;
    if (/ready to accept connections/i.test(text)) ready(true);
  }
  ready(false);
}
