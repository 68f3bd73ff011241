import { SluiceError } from "../errors/sluice_error.ts";

/** What a Redis is used for, as errors name it. */
export type RedisUse = "cache" | "fleet" | "queue";

/** Where a Redis is, and the user to log in as. */
export interface RedisAddress {
  /** The address without user and password. */
  readonly shown: string;
  /** Empty for a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** The Unix socket to connect to, in place of host and port. */
  readonly path?: string;
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

const form = "redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]";
const socketForm = "redis+unix://[USER:PASSWORD@]/PATH[?db=DB]";

/** Whether an address is that of a Unix socket; `unix:///PATH` is how other clients write it. */
export function isRedisSocketAddress(text: string): boolean {
  return /^(?:redis\+)?unix:/.test(text);
}

/**
 * Takes apart `redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]`, or `redis+unix://[USER:PASSWORD@]/PATH[?db=DB]`.
 *
 * @throws {SluiceError} The address is not of that form. The error never quotes it, nor keeps a cause that does.
 */
export function parseRedisAddress(text: string, use: RedisUse): RedisAddress {
  return isRedisSocketAddress(text) ? parseSocketAddress(text, use) : parseHostAddress(text, use);
}

function parseHostAddress(text: string, use: RedisUse): RedisAddress {
  const url = URL.parse(text);
  const database = /^\/?(\d*)$/.exec(url?.pathname ?? "-")?.[1];
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "" || database === undefined) {
    throw unusableAddress(use, `its address must be ${form}`);
  }
  const port = url.port === "" ? 6379 : Number(url.port);
  return {
    shown: `${url.protocol}//${url.hostname}:${port}${database === "" ? "" : `/${database}`}`,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    isTls: url.protocol === "rediss:",
    ...credentials(url.username, url.password, use),
    database: Number(database),
  };
}

/** No `URL`: it takes no user without a host. */
function parseSocketAddress(text: string, use: RedisUse): RedisAddress {
  const [, user = "", path, database = "0"] =
    /^(?:redis\+)?unix:\/\/(?:(.*)@)?(\/[^?#@]+)(?:\?db=(\d+))?$/.exec(text) ?? [];
  if (path === undefined) throw unusableAddress(use, `its address must be ${socketForm}`);
  const [, name = user, password = ""] = /^(.*?):(.*)$/s.exec(user) ?? [];
  return {
    shown: `redis+unix://${path}${database === "0" ? "" : `?db=${database}`}`,
    host: "",
    port: 0,
    path: decoded(path, use),
    isTls: false,
    ...credentials(name, password, use),
    database: Number(database),
  };
}

function credentials(
  user: string,
  password: string,
  use: RedisUse,
): Pick<RedisAddress, "username" | "password"> {
  return { username: decoded(user, use) || undefined, password: decoded(password, use) || undefined };
}

function decoded(part: string, use: RedisUse): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unusableAddress(use, "user and password in its address must be percent-encoded UTF-8");
  }
}

/** Never with the address, which may hold a password. */
export function unusableAddress(use: RedisUse, reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: `open ${use}`, reason });
}
