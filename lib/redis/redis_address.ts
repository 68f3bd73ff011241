/** Where a Redis is, and as whom to speak to it. */
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
 * @throws {Error} The address is not of that form. The error never quotes it, nor keeps a cause that does.
 */
export function parseRedisAddress(text: string): RedisAddress {
  const url = URL.parse(text);
  const database = /^\/?(\d*)$/.exec(url?.pathname ?? "-")?.[1];
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "" || database === undefined) {
    throw new Error("Cannot open cache: its address must be redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]");
  }
  const port = url.port === "" ? 6379 : Number(url.port);
  let username, password;
  try {
    username = decodeURIComponent(url.username);
    password = decodeURIComponent(url.password);
  } catch {
    throw new Error("Cannot open cache: user and password in its address must be percent-encoded UTF-8");
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
