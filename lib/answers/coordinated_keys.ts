import type { Tell } from "../text/tell.ts";
import type { SharedClaims, SharedClaimState } from "./coordinator.ts";
import { restingBreaker } from "./resting_breaker.ts";

export interface CoordinatedKeysOptions {
  readonly claims: SharedClaims;
  /** Called when the shared claims are unavailable, and when they work again. */
  readonly onTrouble: Tell;
  readonly signal: AbortSignal;
}

/** How long the last release may take, in milliseconds. */
const closeTimeoutMs = 2_000;

/**
 * The keys that this process holds among several: from before it asks until the answer's write to the cache is
 * acknowledged or has failed. While the shared claims are unavailable, this process holds every key it claims: others may
 * ask it too.
 */
export class CoordinatedKeys {
  readonly #options: CoordinatedKeysOptions;
  readonly #breaker;
  readonly #held = new Set<string>();
  /** Keys that are being released: a claim made meanwhile could be lost. */
  readonly #releases = new Map<string, Promise<void>>();
  /** Aborted when nothing is to be waited for any more: later than the run, as its calls in flight still hold keys. */
  readonly #end = new AbortController();
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #renewing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: CoordinatedKeysOptions) {
    this.#options = options;
    const { claims, onTrouble } = options;
    this.#breaker = restingBreaker({
      onFailure: (cause) =>
        onTrouble(`Continuing without coordination, so two processes may ask the same question: ${cause}`),
      onRecovery: () => onTrouble(`Coordination works again: ${claims.url}`, "info"),
    });
  }

  /** Tries to hold keys; resolves to their states, in their order. Never throws. */
  async claim(keys: readonly string[]): Promise<readonly SharedClaimState[]> {
    const { claims, signal } = this.#options;
    if (this.#releases.size > 0) await Promise.all(keys.map((key) => this.#releases.get(key)));
    const states = await this.#attempt(signal, () => claims.claim(keys, signal)) ??
      keys.map(() => "won" as const);
    keys.forEach((key, i) => states[i] === "won" && this.#held.add(key));
    this.#renewLater();
    return states;
  }

  /** For each key, whether another process still holds it. Never throws. */
  async areHeld(keys: readonly string[]): Promise<readonly boolean[]> {
    if (keys.length === 0) return [];
    const { claims, signal } = this.#options;
    return await this.#attempt(signal, () => claims.areHeld(keys, signal)) ?? keys.map(() => false);
  }

  /** Releases those of the keys that are held. `isRefused`: for a while, others see them as refused by the model. */
  release(keys: readonly string[], { isRefused = false }: { readonly isRefused?: boolean } = {}): void {
    const held = keys.filter((key) => this.#held.delete(key));
    if (held.length > 0) void this.#release(held, isRefused);
  }

  /** Releases all keys. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#renewal);
    const timer = setTimeout(() => this.#end.abort(), closeTimeoutMs);
    this.release([...this.#held]); // if this fails, they expire within seconds
    await Promise.all(this.#releases.values());
    await this.#renewing;
    clearTimeout(timer);
  }

  #release(keys: readonly string[], isRefused: boolean): Promise<void> {
    const { signal } = this.#end;
    const release = this.#attempt(signal, () => this.#options.claims.release(keys, isRefused, signal)).then(
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
    await this.#attempt(signal, () => claims.renew(keys, signal));
    // What was released meanwhile may have been renewed.
    const released = keys.filter((key) => !this.#held.has(key));
    if (released.length > 0) await this.#release(released, false);
    this.#renewal = undefined;
    this.#renewLater();
  }

  /** `undefined` if the shared claims are unavailable. */
  async #attempt<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#breaker.execute(() =>
        work().catch((error) => {
          if (signal.aborted) return undefined; // not a failure of the claims
          throw error;
        })
      );
    } catch {
      return undefined; // the breaker has reported it
    }
  }
}
