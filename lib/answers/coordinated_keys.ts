import type { Tell } from "../text/tell.ts";
import type { SharedClaims, SharedClaimState } from "./coordinator.ts";
import { restingBreaker } from "./resting_breaker.ts";

export interface CoordinatedKeysOptions {
  readonly claims: SharedClaims;
  /** Told when the claims are away, and when they hold again. */
  readonly onTrouble: Tell;
  readonly signal: AbortSignal;
}

/** How long the last release may take, in milliseconds. */
const closeTimeoutMs = 2_000;

/**
 * The keys that this process holds in its fleet: from before it asks until the answer's write to the cache is
 * acknowledged or has failed. While the claims are away, every key is this process's own: others may ask it too.
 */
export class CoordinatedKeys {
  readonly #options: CoordinatedKeysOptions;
  readonly #breaker;
  readonly #held = new Set<string>();
  /** Keys that are being let go: who claims one meanwhile could lose it. */
  readonly #releases = new Map<string, Promise<void>>();
  /** Aborted when nothing is to be waited for any more: later than the run, whose calls under way are still held. */
  readonly #end = new AbortController();
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #renewing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: CoordinatedKeysOptions) {
    this.#options = options;
    const { claims, onTrouble } = options;
    this.#breaker = restingBreaker({
      onFailure: (cause) =>
        onTrouble(`Going on without the fleet's claims, so that keys may be asked twice: ${cause}`),
      onRecovery: () => onTrouble(`The fleet's claims hold again: ${claims.url}`, "info"),
    });
  }

  /** Tries to hold keys; in their order. Never throws. */
  async claim(keys: readonly string[]): Promise<readonly SharedClaimState[]> {
    const { claims, signal } = this.#options;
    if (this.#releases.size > 0) await Promise.all(keys.map((key) => this.#releases.get(key)));
    const holdings = await this.#tried(signal, () => claims.claim(keys, signal)) ??
      keys.map(() => "won" as const);
    keys.forEach((key, i) => holdings[i] === "won" && this.#held.add(key));
    this.#renewLater();
    return holdings;
  }

  /** For each key, whether another process holds it still. Never throws. */
  async areHeld(keys: readonly string[]): Promise<readonly boolean[]> {
    if (keys.length === 0) return [];
    const { claims, signal } = this.#options;
    return await this.#tried(signal, () => claims.areHeld(keys, signal)) ?? keys.map(() => false);
  }

  /** Lets those of the keys go that are held. Others are told for a while of what the model refuses. */
  release(keys: readonly string[], { isRefused = false }: { readonly isRefused?: boolean } = {}): void {
    const held = keys.filter((key) => this.#held.delete(key));
    if (held.length > 0) void this.#letGo(held, isRefused);
  }

  /** Lets all keys go. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#renewal);
    const timer = setTimeout(() => this.#end.abort(), closeTimeoutMs);
    this.release([...this.#held]); // where it fails, they are nobody's within seconds
    await Promise.all(this.#releases.values());
    await this.#renewing;
    clearTimeout(timer);
  }

  #letGo(keys: readonly string[], isRefused: boolean): Promise<void> {
    const { signal } = this.#end;
    const release = this.#tried(signal, () => this.#options.claims.release(keys, isRefused, signal)).then(
      () => {
        for (const key of keys) if (this.#releases.get(key) === release) this.#releases.delete(key);
      },
    );
    for (const key of keys) this.#releases.set(key, release);
    return release;
  }

  #renewLater(): void {
    if (this.#isClosed || this.#renewal !== undefined || this.#held.size === 0) return;
    this.#renewal = setTimeout(() => this.#renewing = this.#renew(), this.#options.claims.renewMs);
  }

  async #renew(): Promise<void> {
    const { claims } = this.#options;
    const { signal } = this.#end;
    const keys = [...this.#held];
    await this.#tried(signal, () => claims.renew(keys, signal));
    // What was let go meanwhile may have been taken again.
    const released = keys.filter((key) => !this.#held.has(key));
    if (released.length > 0) await this.#letGo(released, false);
    this.#renewal = undefined;
    this.#renewLater();
  }

  /** `undefined` where the claims are away. */
  async #tried<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#breaker.execute(() =>
        work().catch((error) => {
          if (signal.aborted) return undefined; // no fault of the claims'
          throw error;
        })
      );
    } catch {
      return undefined; // the breaker has told
    }
  }
}
