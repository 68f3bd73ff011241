/**
 * A Redis in process, over RESP2 and RESP3: the commands that Sluice's cache and its client use, and faults on
 * demand. Texts are kept as byte strings (one char a byte), so that any bytes come back as they went in.
 */
import { hash } from "node:crypto";
import { bucketScriptsBySha1 } from "./redis_bucket_scripts.ts";
import { fleetScriptsBySha1 } from "./redis_coordination_scripts.ts";
import { RedisKeyspace, WrongType } from "./redis_keyspace.ts";

/** What a command answers, before the protocol's version decides how it is written. */
export type Reply =
  | string // a bulk string, as bytes
  | number
  | null
  | { readonly simple: string }
  | { readonly error: string }
  | readonly Reply[]
  | ReadonlyMap<string, Reply>;

/** What one connection has agreed on. */
interface Session {
  protocol: 2 | 3;
  database: number;
  isAuthenticated: boolean;
  isEnding: boolean;
}

type Handler = (args: readonly string[], session: Session) => Reply;

/** What to do to the next command of a name. */
type Fault =
  | { readonly kind: "error"; readonly message: string }
  | { readonly kind: "close" }
  | { readonly kind: "stall"; reached(): void; readonly released: Promise<void> };

/** A reply that is held back. */
export interface Stall {
  /** Resolves when the command has come in. */
  readonly reached: Promise<void>;
  /** Lets the reply, and those behind it, go. */
  release(): void;
}

export interface FakeRedisOptions {
  /** Asked for by AUTH and HELLO. */
  readonly password?: string;
  readonly username?: string;
  /** Says that it is the only server of a Cluster and holds these slots, from and to. */
  readonly slots?: readonly [number, number];
  /** Serves TLS with these, as PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** What it says that it is. Defaults to `cluster` with slots, else to `standalone`. */
  readonly mode?: "standalone" | "cluster" | "sentinel";
  /** Listens on this Unix socket instead of a port. */
  readonly socket?: string;
}

const ok: Reply = { simple: "OK" };
const syntaxError: Reply = { error: "ERR syntax error" };

export class FakeRedis implements AsyncDisposable {
  /** Every command that came in, in order, its name in capitals first, as text. */
  readonly commands: string[][] = [];
  /** Connections made so far. */
  connections = 0;
  readonly port: number;
  readonly #options: FakeRedisOptions;
  readonly #databases = new Map<number, RedisKeyspace>();
  readonly #faults = new Map<string, Fault[]>();
  /** SHA-1 of the scripts that were sent. */
  readonly #scripts = new Set<string>();
  readonly #open = new Set<Deno.Conn>();
  readonly #releases = new Set<() => void>();
  readonly #serving = new Set<Promise<void>>();
  #listener: Deno.Listener | undefined;

  /** Listens on a free port of this machine at once. */
  constructor(options: FakeRedisOptions = {}) {
    this.#options = options;
    this.port = this.#listen(0);
  }

  get #mode(): string {
    return this.#options.mode ?? (this.#options.slots === undefined ? "standalone" : "cluster");
  }

  /** The address, without user and password. */
  get url(): string {
    if (this.#options.socket !== undefined) return `redis+unix://${this.#options.socket}`;
    return `${this.#options.tls ? "rediss" : "redis"}://localhost:${this.port}`;
  }

  /** How often a command came in. */
  count(name: string): number {
    return this.commands.filter((command) => command[0] === name).length;
  }

  /** Answers the next command of this name with an error reply: `ERR …`, `LOADING …`. */
  failNext(name: string, message: string): void {
    this.#fault(name, { kind: "error", message });
  }

  /** Closes the connection on which the next command of this name comes in, instead of doing it. */
  closeNext(name: string): void {
    this.#fault(name, { kind: "close" });
  }

  /** Does the next command of this name, but holds its reply, and all behind it, back. */
  stallNext(name: string): Stall {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const release = () => released.resolve();
    this.#releases.add(release);
    this.#fault(name, { kind: "stall", reached: reached.resolve, released: released.promise });
    return { reached: reached.promise, release };
  }

  /** Writes a string past the protocol. */
  write(key: string, value: string, database = 0): void {
    this.#database(database).setString(toBytes(key), toBytes(value));
  }

  /** Removes a key past the protocol. */
  forget(key: string, database = 0): void {
    this.#database(database).delete(toBytes(key));
  }

  /** Writes a field of a hash past the protocol; the field in bytes, one a char. */
  writeField(key: string, field: string, value: string, database = 0): void {
    this.#database(database).setFields(toBytes(key), [[field, toBytes(value)]]);
  }

  /** All keys of a database, hashes with their fields in bytes, one a char. */
  contents(database = 0): Record<string, string | Record<string, string>> {
    const keyspace = this.#database(database);
    return Object.fromEntries(
      keyspace.keys().map((key) => {
        try {
          return [toText(key), toText(keyspace.getString(key)!)];
        } catch (error) {
          if (!(error instanceof WrongType)) throw error;
          return [toText(key), Object.fromEntries(keyspace.getHash(key)!)];
        }
      }),
    );
  }

  /** When a key expires, in milliseconds of unix time. */
  expiresAt(key: string, database = 0): number | undefined {
    return this.#database(database).expiresAt(toBytes(key));
  }

  /** Refuses connections and drops those there are. What is stored stays. */
  async stop(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    for (const release of this.#releases) release();
    this.#releases.clear();
    for (const connection of this.#open) close(connection);
    await Promise.all(this.#serving);
  }

  /** Listens again, on the same port. */
  restart(): void {
    this.#listen(this.port);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #listen(port: number): number {
    const { socket, tls } = this.#options;
    const listener = socket !== undefined
      ? Deno.listen({ transport: "unix", path: socket })
      : tls
      ? Deno.listenTls({ hostname: "localhost", port, ...tls })
      : Deno.listen({ hostname: "localhost", port });
    this.#listener = listener;
    this.#track(this.#accept(listener));
    return socket === undefined ? (listener.addr as Deno.NetAddr).port : 0;
  }

  #track(serving: Promise<void>): void {
    this.#serving.add(serving);
    serving.finally(() => this.#serving.delete(serving));
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    while (listener === this.#listener) {
      let connection: Deno.Conn;
      try {
        connection = await listener.accept();
      } catch {
        continue; // closed, or (TLS) a client that does not trust us
      }
      this.connections++;
      this.#track(this.#serve(connection));
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    this.#open.add(connection);
    const session: Session = {
      protocol: 2,
      database: 0,
      isAuthenticated: this.#options.password === undefined,
      isEnding: false,
    };
    const parser = new CommandParser();
    const buffer = new Uint8Array(64 * 1024);
    try {
      while (!session.isEnding) {
        const length = await connection.read(buffer);
        if (length === null) break;
        let replies = "";
        for (const command of parser.push(buffer.subarray(0, length))) {
          const [name = "", ...args] = command;
          const upper = name.toUpperCase();
          this.commands.push([upper, ...args.map(toText)]);
          const fault = this.#faults.get(upper)?.shift();
          if (fault?.kind === "close") return;
          const reply = fault?.kind === "error" ? { error: fault.message } : this.#do(upper, args, session);
          if (fault?.kind === "stall") {
            await writeAll(connection, replies);
            replies = "";
            fault.reached();
            await fault.released;
          }
          replies += encode(reply, session.protocol);
          if (session.isEnding) break;
        }
        await writeAll(connection, replies);
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      this.#open.delete(connection);
      close(connection);
    }
  }

  #do(name: string, args: readonly string[], session: Session): Reply {
    const handler = this.#handlers[name];
    if (handler === undefined) return { error: `ERR unknown command '${name}'` };
    if (!session.isAuthenticated && !["AUTH", "HELLO", "QUIT"].includes(name)) {
      return { error: "NOAUTH Authentication required." };
    }
    try {
      return handler(args, session);
    } catch (error) {
      if (!(error instanceof WrongType)) throw error;
      return { error: error.message };
    }
  }

  readonly #handlers: Record<string, Handler> = {
    HELLO: (args, session) => {
      let i = 0;
      const version = args[0] === undefined ? session.protocol : Number(args[i++]);
      if (version !== 2 && version !== 3) return { error: "NOPROTO unsupported protocol version" };
      for (; i < args.length; i++) {
        const option = args[i]?.toUpperCase();
        if (option === "AUTH") {
          const failed = this.#authenticate(args[++i]!, args[++i]!, session);
          if (failed) return failed;
        } else if (option === "SETNAME") i++;
        else return syntaxError;
      }
      if (!session.isAuthenticated) {
        return { error: "NOAUTH HELLO must be called with the client already authenticated" };
      }
      session.protocol = version;
      return new Map<string, Reply>([
        ["server", "redis"],
        ["version", "7.0.15"],
        ["proto", version],
        ["id", this.connections],
        ["mode", this.#mode],
        ["role", "master"],
        ["modules", []],
      ]);
    },
    AUTH: (args, session) => {
      const [username, password] = args.length === 1 ? ["default", args[0]!] : [args[0]!, args[1]!];
      return this.#authenticate(username, password, session) ?? ok;
    },
    SELECT: (args, session) => {
      const database = Number(args[0]);
      if (!Number.isInteger(database) || database < 0 || database > 15) {
        return { error: "ERR DB index is out of range" };
      }
      session.database = database;
      return ok;
    },
    CLIENT: (args) => {
      const subcommand = args[0]?.toUpperCase();
      return subcommand === "SETINFO" || subcommand === "SETNAME"
        ? ok
        : { error: `ERR unknown subcommand '${args[0]}'. Try CLIENT HELP.` };
    },
    CLUSTER: ([subcommand]) => {
      const { slots } = this.#options;
      return subcommand?.toUpperCase() === "SLOTS" && slots !== undefined
        ? [[...slots, ["localhost", this.port, "id"]]]
        : { error: "ERR This instance has cluster support disabled" };
    },
    PING: (args) => args[0] ?? { simple: "PONG" },
    QUIT: (_args, session) => {
      session.isEnding = true;
      return ok;
    },
    INFO: () => {
      const counts = [...this.#databases.keys()].sort((a, b) => a - b)
        .map((database) =>
          `db${database}:keys=${this.#database(database).keys().length},expires=0,avg_ttl=0\r\n`
        );
      return `# Server\r\nredis_version:7.0.15\r\nredis_mode:${this.#mode}\r\n\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n\r\n# Stats\r\nkeyspace_hits:3\r\nkeyspace_misses:1\r\n\r\n# Keyspace\r\n${
        counts.join("")
      }`;
    },
    DBSIZE: (_args, session) => this.#database(session.database).keys().length,
    FLUSHALL: () => {
      this.#databases.clear();
      return ok;
    },
    TIME: () => [`${Math.floor(Date.now() / 1000)}`, "0"],
    CONFIG: ([subcommand]) =>
      subcommand?.toUpperCase() === "GET"
        ? new Map([["hash-max-listpack-entries", "512"], ["hash-max-listpack-value", "64"]])
        : { error: `ERR unknown subcommand '${subcommand}'. Try CONFIG HELP.` },
    MEMORY: ([subcommand, key], session) =>
      subcommand?.toUpperCase() === "USAGE"
        ? this.#database(session.database).has(key!) ? 1000 : null
        : { error: `ERR unknown subcommand '${subcommand}'. Try MEMORY HELP.` },
    GET: ([key], session) => this.#database(session.database).getString(key!) ?? null,
    MGET: (keys, session) => keys.map((key) => this.#stringOrNull(key, session)),
    EXISTS: (keys, session) => keys.filter((key) => this.#database(session.database).has(key)).length,
    SET: ([key, value, ...options], session) => {
      let expiresAt: number | undefined;
      if (options.length > 0) {
        const factor = { EX: 1000, PX: 1 }[options[0]!.toUpperCase()];
        if (factor === undefined || options.length !== 2) return syntaxError;
        expiresAt = Date.now() + factor * Number(options[1]);
      }
      this.#database(session.database).setString(key!, value!, expiresAt);
      return ok;
    },
    MSET: (args, session) => {
      if (args.length === 0 || args.length % 2 === 1) {
        return { error: "ERR wrong number of arguments for 'mset' command" };
      }
      for (let i = 0; i < args.length; i += 2) {
        this.#database(session.database).setString(args[i]!, args[i + 1]!);
      }
      return ok;
    },
    PTTL: ([key], session) => {
      const keyspace = this.#database(session.database);
      const expiresAt = keyspace.expiresAt(key!);
      return !keyspace.has(key!) ? -2 : expiresAt === undefined ? -1 : expiresAt - Date.now();
    },
    PEXPIRE: ([key, ms], session) =>
      Number(this.#database(session.database).expireAt(key!, Date.now() + Number(ms))),
    HSET: ([key, ...rest], session) => {
      const fields = Array.from(
        { length: rest.length / 2 },
        (_, i) => [rest[2 * i]!, rest[2 * i + 1]!] as const,
      );
      return this.#database(session.database).setFields(key!, fields);
    },
    HMGET: ([key, ...fields], session) =>
      fields.map((field) => this.#database(session.database).getHash(key!)?.get(field) ?? null),
    HLEN: ([key], session) => this.#database(session.database).getHash(key!)?.size ?? 0,
    SCAN: ([_cursor, ...options], session) => {
      const match = options[options.findIndex((option) => option.toUpperCase() === "MATCH") + 1] ?? "*";
      const prefix = match.replace(/\*$/, "").replace(/\\(.)/g, "$1"); // all that Sluice looks for
      return ["0", this.#database(session.database).keys().filter((key) => key.startsWith(prefix))];
    },
    DEL: (keys, session) => keys.filter((key) => this.#database(session.database).delete(key)).length,
    UNLINK: (keys, session) => keys.filter((key) => this.#database(session.database).delete(key)).length,
    SCRIPT: ([subcommand]) => {
      if (subcommand?.toUpperCase() !== "FLUSH") {
        return { error: `ERR unknown subcommand '${subcommand}'. Try SCRIPT HELP.` };
      }
      this.#scripts.clear();
      return ok;
    },
    EVAL: ([source, ...args], session) => {
      const sha1 = hash("sha1", Uint8Array.from(source!, (char) => char.charCodeAt(0)));
      this.#scripts.add(sha1);
      return this.#script(sha1, args, session);
    },
    EVALSHA: ([sha1, ...args], session) =>
      this.#scripts.has(sha1!)
        ? this.#script(sha1!, args, session)
        : { error: "NOSCRIPT No matching script. Please use EVAL." },
  };

  #script(sha1: string, [count, ...rest]: readonly string[], session: Session): Reply {
    const script = bucketScriptsBySha1[sha1] ?? fleetScriptsBySha1[sha1];
    if (script === undefined) return { error: "ERR this fake knows Sluice's scripts only" };
    const keys = Number(count);
    return script(this.#database(session.database), rest.slice(0, keys), rest.slice(keys));
  }

  #authenticate(username: string, password: string, session: Session): Reply | undefined {
    const expected = [this.#options.username ?? "default", this.#options.password];
    if (toText(username) !== expected[0] || toText(password) !== expected[1]) {
      return { error: "WRONGPASS invalid username-password pair or user is disabled." };
    }
    session.isAuthenticated = true;
  }

  #database(number: number): RedisKeyspace {
    return this.#databases.getOrInsertComputed(number, () => new RedisKeyspace());
  }

  #stringOrNull(key: string, session: Session): string | null {
    try {
      return this.#database(session.database).getString(key) ?? null;
    } catch (error) {
      if (!(error instanceof WrongType)) throw error;
      return null;
    }
  }

  #fault(name: string, fault: Fault): void {
    this.#faults.getOrInsertComputed(name.toUpperCase(), () => []).push(fault);
  }
}

/** Takes commands (arrays of bulk strings) out of a stream of bytes. Buffers one command that is not all there. */
class CommandParser {
  #rest = "";

  push(chunk: Uint8Array): string[][] {
    const text = this.#rest + fromBytes(chunk);
    const commands: string[][] = [];
    let start = 0;
    for (;;) {
      const found = parseCommand(text, start);
      if (found === undefined) break;
      commands.push(found.command);
      start = found.end;
    }
    this.#rest = text.slice(start);
    return commands;
  }
}

function parseCommand(text: string, start: number): { command: string[]; end: number } | undefined {
  let at = start;
  const header = (mark: string): number | undefined => {
    const end = text.indexOf("\r\n", at);
    if (end < 0) return undefined;
    if (text[at] !== mark) throw new Error(`Cannot parse a command: expected ${mark}, got ${text[at]}`);
    const value = Number(text.slice(at + 1, end));
    at = end + 2;
    return value;
  };
  const count = header("*");
  if (count === undefined) return undefined;
  const command: string[] = [];
  for (let i = 0; i < count; i++) {
    const length = header("$");
    if (length === undefined || text.length < at + length + 2) return undefined;
    command.push(text.slice(at, at + length));
    at += length + 2;
  }
  return { command, end: at };
}

function encode(reply: Reply, protocol: 2 | 3): string {
  if (reply === null) return protocol === 3 ? "_\r\n" : "$-1\r\n";
  if (typeof reply === "string") return `$${reply.length}\r\n${reply}\r\n`;
  if (typeof reply === "number") return `:${reply}\r\n`;
  if ("simple" in reply) return `+${reply.simple}\r\n`;
  if ("error" in reply) return `-${reply.error}\r\n`;
  const isMap = reply instanceof Map;
  const items = isMap ? [...reply].flat() as Reply[] : reply as readonly Reply[];
  const header = isMap && protocol === 3 ? `%${items.length / 2}` : `*${items.length}`;
  return `${header}\r\n${items.map((item) => encode(item, protocol)).join("")}`;
}

function isGone(error: unknown): boolean {
  const { BadResource, BrokenPipe, ConnectionReset, Interrupted, InvalidData, UnexpectedEof } = Deno.errors;
  // The last two are TLS's: a client that does not trust us, and one that left without a word.
  return [BadResource, BrokenPipe, ConnectionReset, Interrupted, InvalidData, UnexpectedEof]
    .some((type) => error instanceof type);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // closed already
  }
}

async function writeAll(connection: Deno.Conn, bytes: string): Promise<void> {
  const data = Uint8Array.from(bytes, (char) => char.charCodeAt(0));
  for (let sent = 0; sent < data.length;) sent += await connection.write(data.subarray(sent));
}

function fromBytes(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

function toBytes(text: string): string {
  return fromBytes(new TextEncoder().encode(text));
}

function toText(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}
