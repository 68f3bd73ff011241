import { SluiceError } from "../errors/sluice_error.ts";

/** What a Redis is used for, as errors name it. */
export type RedisUse = "cache" | "fleet" | "queue";

/** Where a Redis is, and the user to log in as. */
export interface RedisAddress {
  /** The address without user and password. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

/**
 * Takes apart `redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]`.
 *
 * @throws {SluiceError} The address is not of that form. The error never quotes it, nor keeps a cause that does.
 */
export function parseRedisAddress(text: string, use: RedisUse): RedisAddress {
  const url = URL.parse(text);
  const database = /^\/?(\d*)$/.exec(url?.pathname ?? "-")?.[1];
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "" || database === undefined) {
    throw unusableAddress(use, "its address must be redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]");
  }
  const port = url.port === "" ? 6379 : Number(url.port);
  let username, password;
  try {
    username = decodeURIComponent(url.username);
    password = decodeURIComponent(url.password);
  } catch {
    throw unusableAddress(use, "user and password in its address must be percent-encoded UTF-8");
  }
  return {
    shown: `${url.protocol}//${url.hostname}:${port}${database === "" ? "" : `/${database}`}`,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    isTls: url.protocol === "rediss:",
    username: username || undefined,
    password: password || undefined,
    database: Number(database),
  };
}

/** Never with the address, which may hold a password. */
export function unusableAddress(use: RedisUse, reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: `open ${use}`, reason });
}
