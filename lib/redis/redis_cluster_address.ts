import { parseRedisAddress, type RedisAddress, type RedisUse, unusableAddress } from "./redis_address.ts";

/** Where the servers of a Redis Cluster are, some of them at least. */
export interface RedisClusterAddress {
  /** The address without user and password. */
  readonly shown: string;
  /** The servers that were named, all with the same user and password. */
  readonly servers: readonly RedisAddress[];
}

const form = "redis[s]+cluster://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]";

/** Whether an address is that of a Cluster. */
export function isRedisClusterAddress(text: string): boolean {
  return /^rediss?\+cluster:/.test(text);
}

/**
 * Takes apart `redis[s]+cluster://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]`.
 *
 * @throws {SluiceError} The address is not of that form. The error never quotes it, nor keeps a cause that does.
 */
export function parseRedisClusterAddress(text: string, use: RedisUse): RedisClusterAddress {
  const [, scheme, user = "", hosts] = /^(rediss?)\+cluster:\/\/(.*@)?([^/@]+)\/?$/.exec(text) ?? [];
  if (hosts === undefined) throw unusableAddress(use, `its address must be ${form}`);
  const servers = hosts.split(",").map((host) => {
    const url = URL.parse(`${scheme}://${host}`);
    if (url === null || url.hostname === "" || url.pathname !== "" || url.username !== "") {
      throw unusableAddress(use, `its address must be ${form}`);
    }
    return parseRedisAddress(`${scheme}://${user}${host}`, use);
  });
  const shown = servers.map(({ shown }) => shown.replace(/^.*\/\//, "")).join(",");
  return { shown: `${scheme}+cluster://${shown}`, servers };
}
