import takeLua from "./take_turn.lua" with { type: "text" };
import type { SharedRate, SharedTurn } from "../answers/coordinator.ts";
import { keyHash } from "../caches/key_hash.ts";
import type { RedisServers } from "../redis/redis_route.ts";
import { RedisScript } from "../redis/redis_script.ts";
import { scriptAdvice } from "./redis_claims.ts";

/** How long a process counts after its last turn, in microseconds. */
const memoryUs = 60_000_000;

const takeScript = new RedisScript(takeLua);

/** The script of the rate. A fake server recognizes it by its `sha1`. */
export const rateScripts = { take: takeScript };

export interface RedisRateOptions {
  readonly servers: RedisServers;
  /** The model's address: processes with the same one share the rate. */
  readonly model: string;
  readonly callsPerSecond: number;
}

/**
 * A model's rate, shared by all processes that use the same Redis and the same address of the model: turns are evenly
 * spaced, by the clock of Redis. (Counters that restart each second, such as those of rate-limiter-flexible and BullMQ,
 * allow all calls of a second at its end, and all of the next one at its beginning.)
 */
export class RedisRate implements SharedRate {
  readonly url: string;
  readonly #servers: RedisServers;
  readonly #keys: string[];
  readonly #process = crypto.randomUUID();
  readonly #intervalUs: string;

  constructor({ servers, model, callsPerSecond }: RedisRateOptions) {
    this.url = servers.url;
    this.#servers = servers;
    const tag = keyHash(model).subarray(0, 8).toHex();
    this.#keys = [`sluice:turn:{${tag}}`, `sluice:turns:{${tag}}`];
    this.#intervalUs = `${Math.round(1e6 / callsPerSecond)}`;
  }

  async take(signal: AbortSignal): Promise<SharedTurn> {
    const args = [this.#intervalUs, this.#process, `${memoryUs}`];
    const reply = await this.#servers.run(
      "take a turn in",
      0,
      signal,
      (route) => route.to(this.#keys[0]!, (client) => takeScript.run(client, this.#keys, args, scriptAdvice)),
    );
    const [waitUs, processes] = reply as [number, number];
    return { waitMs: waitUs / 1000, processes };
  }
}
