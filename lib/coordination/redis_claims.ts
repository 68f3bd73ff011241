import { LRUCache } from "lru-cache";
import claimLua from "./claim.lua" with { type: "text" };
import releaseLua from "./release_claims.lua" with { type: "text" };
import renewLua from "./renew_claims.lua" with { type: "text" };
import type { SharedClaims, SharedClaimState } from "../answers/coordinator.ts";
import { keyHash } from "../caches/key_hash.ts";
import { PartialRedisError, type RedisRoute, type RedisServers } from "../redis/redis_route.ts";
import { RedisScript } from "../redis/redis_script.ts";
import { settleParts } from "../redis/settle_parts.ts";

/** How long a silent holder is believed to be alive, in milliseconds. */
const defaultAliveMs = 9_000;
/** How often it renews that in this time: two renewals may be lost. */
const renewals = 3;
/** How long a claim is kept without renewal, in milliseconds: if its holder is dead, another one takes it over sooner. */
const claimMs = 3_600_000;
/** How long processes skip a question that the model has refused to another one, in milliseconds. */
const refusalMs = 600_000;
/** Claims in one command, at most, so that it blocks the server for about a millisecond. */
const maxCommandKeys = 1_000;
/** Bytes of a key's hash in the claim's name. Two keys with the same bytes wait for each other; nothing else happens. */
const hashBytes = 8;
/** Names of claims kept in memory, so that keys are not hashed again; some 30 MB. */
const maxNames = 100_000;

const claimScript = new RedisScript(claimLua);
const renewScript = new RedisScript(renewLua);
const releaseScript = new RedisScript(releaseLua);

/** Hash tags whose slots lie in different thirds of a Cluster. */
const lifeTags = ["0", "1", "3"];

/** What to do if a server does not accept scripts. */
export const scriptAdvice = "--fleet needs EVALSHA and EVAL";

/** The scripts of the claims. A fake server recognizes them by their `sha1`. */
export const claimScripts = { claim: claimScript, renew: renewScript, release: releaseScript };

const states: readonly SharedClaimState[] = ["held", "won", "refused"];

export interface RedisClaimsOptions {
  readonly servers: RedisServers;
  /** The namespace of the answers, as for a cache. */
  readonly namespace: string;
  /** How long claims outlive their holder, in milliseconds. Defaults to 9,000. */
  readonly aliveMs?: number;
}

/**
 * Claims in Redis: `sluice:claim:<namespace>:{3f}<hash>` holds the name of the process that has the key, and
 * `sluice:holder:<name>` exists as long as that process is alive: one small key to renew, however many claims there
 * are. A claim whose holder is gone is taken over. The value `!` says that the model refuses the key. Tags and hashes
 * are those of the cache's buckets, so that on a Cluster a batch goes to as many servers as its answers; while one of
 * those is unavailable, its keys are held by every process that claims them.
 */
export class RedisClaims implements SharedClaims {
  readonly url: string;
  readonly renewMs: number;
  readonly #servers: RedisServers;
  readonly #prefix: string;
  readonly #aliveMs: number;
  readonly #holder = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  /** A key's tag, and its claim's name. */
  readonly #names = new LRUCache<string, readonly [tag: string, name: string]>({ max: maxNames });
  /** Claims that were last seen with a holder that is gone. */
  readonly #left = new LRUCache<string, string>({ max: maxNames });
  /** Until when other processes believe this one to be alive. */
  #aliveUntilMs = -Infinity;
  #renewedMs = performance.now();

  constructor({ servers, namespace, aliveMs = defaultAliveMs }: RedisClaimsOptions) {
    this.url = servers.url;
    this.renewMs = aliveMs / renewals;
    this.#servers = servers;
    this.#prefix = `sluice:claim:${namespace}:`;
    this.#aliveMs = aliveMs;
  }

  async claim(keys: readonly string[], signal: AbortSignal): Promise<readonly SharedClaimState[]> {
    const found = new Array<SharedClaimState>(keys.length).fill("won");
    await this.#run("claim questions in", keys, signal, async (route, { names, at }) => {
      const left = names.map((name) => this.#left.get(name) ?? "");
      const replies = await this.#script(claimScript, route, names, [
        `${claimMs}`,
        ...left.some((holder) => holder !== "") ? left : [],
      ]);
      (replies as number[]).forEach((reply, i) => found[at[i]!] = states[reply]!);
      for (const name of names) this.#left.delete(name);
    }, async (route) => {
      // A claim is valid as long as its holder is alive.
      if (performance.now() > this.#aliveUntilMs - this.renewMs) await this.#live(route);
    });
    return found;
  }

  async areHeld(keys: readonly string[], signal: AbortSignal): Promise<readonly boolean[]> {
    const areHeld = new Array<boolean>(keys.length).fill(false);
    const areAlive = new Map<string, Promise<boolean>>();
    await this.#run("look at claims in", keys, signal, async (route, { names, at }) => {
      const holders = await route.to(names[0]!, (client) => client.mGet(names));
      const isAlive = (holder: string) =>
        areAlive.getOrInsertComputed(holder, () => this.#isAlive(route, holder));
      await Promise.all(holders.map(async (holder, i) => {
        if (holder === null || holder === "!" || holder === this.#holder) return;
        areHeld[at[i]!] = await isAlive(holder);
        if (!areHeld[at[i]!]) this.#left.set(names[i]!, holder);
      }));
    });
    return areHeld;
  }

  /** Renews the claims themselves rarely, or after this process was believed dead. */
  async renew(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const wasAlive = await this.#servers.run("renew claims in", 1, signal, (route) => this.#live(route));
    if (wasAlive && now < this.#renewedMs + claimMs / renewals) return;
    await this.#run(
      "renew claims in",
      keys,
      signal,
      (route, { names }) => this.#script(renewScript, route, names, [`${claimMs}`]),
    );
    this.#renewedMs = now;
  }

  async release(keys: readonly string[], isRefused: boolean, signal: AbortSignal): Promise<void> {
    await this.#run(
      "release claims in",
      keys,
      signal,
      (route, { names }) => this.#script(releaseScript, route, names, [`${isRefused ? refusalMs : 0}`]),
    );
  }

  /** Renews the sign of life; resolves to whether it was still there. */
  async #live(route: RedisRoute): Promise<boolean> {
    const untilMs = performance.now() + this.#aliveMs;
    const wereAlive = await Promise.allSettled(
      this.#lives(this.#holder).map((name) =>
        route.to(name, async (client) => {
          if (await client.pExpire(name, this.#aliveMs)) return true;
          await client.set(name, "1", { expiration: { type: "PX", value: this.#aliveMs } });
          return false;
        })
      ),
    );
    if (wereAlive[0]!.status === "rejected" && wereAlive.every(({ status }) => status === "rejected")) {
      throw wereAlive[0]!.reason;
    }
    this.#aliveUntilMs = untilMs;
    return wereAlive.some((wasAlive) => wasAlive.status === "fulfilled" && wasAlive.value);
  }

  async #isAlive(route: RedisRoute, holder: string): Promise<boolean> {
    const found = await Promise.allSettled(
      this.#lives(holder).map((name) => route.to(name, (client) => client.exists(name))),
    );
    return found.some((life) => life.status === "fulfilled" && Number(life.value) > 0);
  }

  /** The keys that exist while a process is alive: on a Cluster on several servers, as one of them may fail too. */
  #lives(holder: string): string[] {
    return this.#servers.isCluster
      ? lifeTags.map((tag) => `sluice:holder:{${tag}}${holder}`)
      : [`sluice:holder:${holder}`];
  }

  #script(
    script: RedisScript,
    route: RedisRoute,
    names: string[],
    args: readonly string[],
  ): Promise<unknown> {
    return route.to(
      names[0]!,
      (client) => script.run(client, names, [this.#holder, ...args], scriptAdvice),
    );
  }

  /** Works on all keys, with all the commands that this takes in flight at once. */
  async #run(
    action: string,
    keys: readonly string[],
    signal: AbortSignal,
    work: (route: RedisRoute, call: Call) => Promise<unknown>,
    before?: (route: RedisRoute) => Promise<void>,
  ): Promise<void> {
    const calls = this.#calls(keys);
    try {
      await this.#servers.run(action, 1, signal, async (route) => {
        await before?.(route);
        await settleParts(calls.map((call) => work(route, call)), () => undefined);
      });
    } catch (error) {
      if (!(error instanceof PartialRedisError)) throw error;
    }
  }

  /** Groups keys into commands. */
  #calls(keys: readonly string[]): Call[] {
    const open = new Map<string, Call>();
    const calls: Call[] = [];
    keys.forEach((key, i) => {
      const [tag, name] = this.#nameOf(key);
      const slot = this.#servers.isCluster ? tag : "";
      let call = open.get(slot);
      if (call === undefined || call.names.length === maxCommandKeys) {
        open.set(slot, call = { names: [], at: [] });
        calls.push(call);
      }
      call.names.push(name);
      call.at.push(i);
    });
    return calls;
  }

  #nameOf(key: string): readonly [tag: string, name: string] {
    const kept = this.#names.get(key);
    if (kept !== undefined) return kept;
    const hash = keyHash(key).subarray(0, hashBytes);
    const tag = (hash[0]! >> 2).toString(16).padStart(2, "0");
    const rest = hash.toBase64({ alphabet: "base64url", omitPadding: true });
    const named = [tag, `${this.#prefix}{${tag}}${rest}`] as const;
    this.#names.set(key, named);
    return named;
  }
}

interface Call {
  /** The claims' names. */
  readonly names: string[];
  /** Their positions among the keys. */
  readonly at: number[];
}
