import { createClient } from "redis";
import { RedisCache } from "../../../lib/caches/redis/redis.ts";
import { RedisServer } from "../../fakes/redis_server.ts";
import type { Trace } from "./traces.ts";

/** One way to keep answers in a Redis that is too small. */
interface RedisSetup {
  readonly layout: "buckets" | "strings";
  readonly policy: string;
  /** Answers are kept for a part of the trace, as with `--ttl`. */
  readonly hasTtl?: boolean;
}

const setups: readonly RedisSetup[] = [
  ...["allkeys-lru", "allkeys-lfu", "noeviction"].map((policy) => ({
    layout: "strings" as const,
    policy,
  })),
  ...["allkeys-lru", "allkeys-lfu", "noeviction"].map((policy) => ({
    layout: "buckets" as const,
    policy,
  })),
  { layout: "buckets", policy: "volatile-ttl", hasTtl: true },
];

/** What a setup asked, for each share of the memory that all keys would take. */
export interface MeasuredRedis {
  readonly name: string;
  readonly trace: string;
  /** Bytes that all keys take. */
  readonly bytes: number;
  readonly asked: readonly number[];
}

const windowRecords = 1_000;
/** The trace takes so many periods of `--ttl`; the server's clock stands nearly still meanwhile. */
const periods = 8, ttlSeconds = 86_400;

/** Measures a trace on real servers; resolves to the reason if it cannot. */
export async function redisPolicies(
  trace: Trace,
  shares: readonly number[],
): Promise<MeasuredRedis[] | string> {
  const measured: MeasuredRedis[] = [];
  for (const setup of setups) {
    const whole = await asked(trace, setup);
    if (typeof whole === "string") return whole;
    const counts: number[] = [];
    for (const share of shares) {
      const limited = await asked(trace, setup, whole.bytes * share);
      if (typeof limited === "string") return limited;
      counts.push(limited.asked);
    }
    measured.push({
      name: `${setup.layout}, ${setup.policy}${setup.hasTtl ? " with --ttl" : ""}`,
      trace: trace.name,
      bytes: whole.bytes,
      asked: counts,
    });
  }
  return measured;
}

async function asked(
  { keys }: Trace,
  { layout, policy, hasTtl }: RedisSetup,
  maxBytes?: number,
): Promise<{ asked: number; bytes: number } | string> {
  const started = await RedisServer.start(
    "--maxmemory-policy",
    maxBytes === undefined ? "noeviction" : policy,
  );
  if (typeof started === "string") return started;
  await using server = started;
  const { signal } = new AbortController();
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  const began = Date.now();
  let at = 0;
  const now = () => began + at / keys.length * periods * ttlSeconds * 1000;
  const cache = new RedisCache(server.url, "bench", {
    layout,
    ...(hasTtl ? { ttlSeconds, now } : {}),
  });
  const used = async () => Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))?.[1]);
  try {
    // A window makes the server's buffers as large as they get.
    const window = Array.from({ length: windowRecords }, (_, i) => `${i}`);
    await cache.get(window, signal);
    const empty = await used();
    if (maxBytes !== undefined) {
      await client.configSet("maxmemory", `${Math.round(empty + maxBytes)}`);
    }
    let count = 0;
    for (; at < keys.length; at += windowRecords) {
      const names = [...new Set(keys.subarray(at, at + windowRecords))].map((
        key,
      ) => `posting ${key}`);
      const found = await cache.get(names, signal);
      const missing = names.filter((_, i) => found[i] === undefined);
      count += missing.length;
      // Out of memory: as in a run, what is not taken is asked again.
      await cache.set(missing.map((name) => [name, 3] as const), signal).catch(
        () => {},
      );
    }
    return { asked: count, bytes: await used() - empty };
  } finally {
    await cache.close();
    client.destroy();
  }
}
