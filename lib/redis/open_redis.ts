import { parseRedisAddress, type RedisUse } from "./redis_address.ts";
import { RedisCluster } from "./redis_cluster.ts";
import { isRedisClusterAddress, parseRedisClusterAddress } from "./redis_cluster_address.ts";
import { RedisConnection, type RedisConnectionOptions } from "./redis_connection.ts";
import type { RedisServers } from "./redis_route.ts";

/**
 * Opens a Redis; it is connected with the first command.
 *
 * @param url `redis[s]://…`, `redis[s]+cluster://…`, or `redis+unix:///…`.
 * @throws {SluiceError} The address has neither form.
 */
export function openRedis(
  url: string,
  use: Exclude<RedisUse, "queue">,
  options: Omit<RedisConnectionOptions, "kind">,
): RedisServers {
  const withKind = { ...options, kind: use === "cache" ? "cache" : "queue" } as const;
  return isRedisClusterAddress(url)
    ? new RedisCluster(parseRedisClusterAddress(url, use), withKind)
    : new RedisConnection(parseRedisAddress(url, use), withKind);
}
