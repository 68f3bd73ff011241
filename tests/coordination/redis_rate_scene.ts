import { assertEquals, assertLess } from "@std/assert/mod.js";
import { openRedis } from "../../lib/redis/open_redis.ts";
import type { RedisServers } from "../../lib/redis/redis_route.ts";
import { RedisRate } from "../../lib/coordination/redis_rate.ts";

export const { signal } = new AbortController();

/** A process's turns, as one of many that name the same model. */
export function rateIn(url: string, callsPerSecond: number, model = "grpc://model:50051") {
  const servers: RedisServers = openRedis(url, "fleet", { timeoutMs: 5_000 });
  const rate = new RedisRate({ servers, model, callsPerSecond });
  return Object.assign(rate, { [Symbol.asyncDispose]: () => servers.close() });
}

/** What turns are, whatever the server. */
export async function spacesTurns(url: string): Promise<void> {
  await using one = rateIn(url, 2);
  await using two = rateIn(url, 2);
  await using other = rateIn(url, 2, "grpc://other:50051");
  const started = performance.now();
  const at: number[] = [];
  let processes = 0;
  for (const rate of [one, two, one, one, two]) {
    const turn = await rate.take(signal);
    at.push(performance.now() + turn.waitMs - started);
    processes = turn.processes;
  }
  assertEquals(processes, 2);
  for (let i = 1; i < at.length; i++) assertLess(Math.abs(at[i]! - at[i - 1]! - 500), 100);
  assertEquals((await other.take(signal)).waitMs, 0);
}
