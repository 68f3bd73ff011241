import { openRedis } from "../../lib/redis/open_redis.ts";
import type { RedisServers } from "../../lib/redis/redis_route.ts";
import { RedisClaims } from "../../lib/coordination/redis_claims.ts";

export const { signal } = new AbortController();
export const heldMs = 2_000;

/** Claims of as many processes as are wanted, each with a connection of its own. */
export function claimsIn(url: string) {
  const opened: RedisServers[] = [];
  return {
    join() {
      const servers = openRedis(url, "fleet", { timeoutMs: 5_000 });
      opened.push(servers);
      return new RedisClaims({ servers, namespace: "n", aliveMs: heldMs });
    },
    lapse: () => new Promise<void>((resolve) => setTimeout(resolve, heldMs + 50)),
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((servers) => servers.close()));
    },
  };
}
