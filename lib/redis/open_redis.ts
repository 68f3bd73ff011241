import { parseRedisAddress } from "./redis_address.ts";
import { RedisCluster } from "./redis_cluster.ts";
import { isRedisClusterAddress, parseRedisClusterAddress } from "./redis_cluster_address.ts";
import { RedisConnection, type RedisConnectionOptions } from "./redis_connection.ts";
import type { RedisServers } from "./redis_route.ts";

/**
 * The way to a Redis; nothing is connected yet.
 *
 * @param url `redis[s]://…`, or `redis[s]+cluster://…`.
 * @throws {Error} The address has neither form.
 */
export function openRedis(url: string, options: RedisConnectionOptions): RedisServers {
  return isRedisClusterAddress(url)
    ? new RedisCluster(parseRedisClusterAddress(url), options)
    : new RedisConnection(parseRedisAddress(url), options);
}
