import type { Coordinator } from "../answers/coordinator.ts";
import { type CacheConfig, cacheSettings } from "../caches/open_cache.ts";
import { openRedis } from "../redis/open_redis.ts";
import { readAuthorities } from "../tls/read_pem.ts";
import { RedisClaims } from "./redis_claims.ts";
import { RedisRate } from "./redis_rate.ts";

export interface OpenCoordinatorOptions extends Pick<CacheConfig, "ca" | "timeoutSeconds"> {
  /** Whose answers are meant, as for a cache. */
  readonly namespace: string;
  /** The model's address. */
  readonly model: string;
  readonly callsPerSecond: number;
}

/** A coordinator with its connections. */
export interface OpenedCoordinator extends Coordinator {
  /** Connects, and resolves to a description for the user. */
  check(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/**
 * Coordinates processes through Redis. A Redis that is down is no error here: claims and turns reject until it is back.
 *
 * @throws {SluiceError} The address has none of the forms; the PEM file cannot be used.
 */
export async function openCoordinator(
  url: string,
  options: OpenCoordinatorOptions,
): Promise<OpenedCoordinator> {
  const { timeoutSeconds = cacheSettings.timeout.default } = options;
  const ca = options.ca === undefined ? undefined : await readAuthorities(options.ca);
  const open = () => openRedis(url, "fleet", { ca, timeoutMs: timeoutSeconds * 1000 });
  // A turn must not wait behind thousands of claims.
  const servers = open(), turns = open();
  return {
    claims: new RedisClaims({ ...options, servers }),
    rate: new RedisRate({ ...options, servers: turns }),
    check: (signal) =>
      servers.run("connect to", 1, signal, async (route) => {
        const found = await Promise.all((await route.servers()).map((run) => run((client) => client.ping())));
        return `${servers.url}, ${
          found.length === 1 ? "a server answers" : `${found.length} servers answer`
        }`;
      }),
    close: async () => void await Promise.all([servers.close(), turns.close()]),
  };
}
