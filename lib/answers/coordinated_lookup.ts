import type { Tell } from "../text/tell.ts";
import type { Claim } from "./claim.ts";
import { CoordinatedKeys } from "./coordinated_keys.ts";
import type { SharedClaims, SharedClaimState } from "./coordinator.ts";
import { HeldElsewhere } from "./held_elsewhere.ts";
import { countKeys, type KeyCounts } from "./key_counts.ts";
import type { Lookup } from "./lookup.ts";

export interface CoordinatedLookupOptions {
  readonly claims: SharedClaims;
  /** Used before keys are claimed. */
  readonly lookup: Lookup;
  /** Used again for claimed keys: the process that held a key until just now has written its answer to the cache. */
  readonly cache: Lookup;
  /** Whether questions will not be asked any more, so that no key needs to be claimed. */
  readonly isEnding: () => boolean;
  /** Called with claims of keys that the model has refused to answer for another process. */
  readonly onRefused: (claims: readonly Claim[]) => void;
  /** Called with claims of keys that no process holds any more: they are to be looked up again, with the lookup given. */
  readonly onFree: (claims: readonly Claim[], counted: readonly KeyCounts[], lookup: Lookup) => void;
  /** Called with claims that no batch waits for any more. */
  readonly onUnwanted: (claims: readonly Claim[], counted: readonly KeyCounts[]) => void;
  /** Called when the shared claims are unavailable, and when they work again. */
  readonly onTrouble: Tell;
  readonly signal: AbortSignal;
}

/**
 * A lookup among several processes: find, claim what is left among all processes, find what was claimed again. A key that
 * another process holds is left to that process; it is looked up again when it is free.
 */
export class CoordinatedLookup implements Lookup {
  readonly #options: CoordinatedLookupOptions;
  readonly #keys: CoordinatedKeys;
  readonly #elsewhere: HeldElsewhere;

  constructor(options: CoordinatedLookupOptions) {
    this.#options = options;
    const { cache, claims, onFree, onTrouble, onUnwanted, signal } = options;
    const keys = this.#keys = new CoordinatedKeys({ claims, onTrouble, signal });
    const again: Lookup = { find: (claims, counted) => this.#find(cache, claims, counted) };
    this.#elsewhere = new HeldElsewhere({
      keys,
      onFree: (claims, counted) => onFree(claims, counted, again),
      onUnwanted,
    });
    signal.addEventListener("abort", () => void this.endWaits(), { once: true });
  }

  find(claims: readonly Claim[], counted: readonly KeyCounts[]): Promise<readonly Claim[]> {
    return this.#find(this.#options.lookup, claims, counted);
  }

  /** Lets other processes have the keys. `isRefused`: for a while, they see the keys as refused by the model. */
  release(claims: readonly Claim[], options?: { readonly isRefused?: boolean }): void {
    this.#keys.release(claims.map(({ key }) => key), options);
  }

  /** Stops waiting for other processes: what they hold is unwanted. */
  async endWaits(): Promise<void> {
    await this.#elsewhere.close();
  }

  /** Lets all keys go. */
  async close(): Promise<void> {
    await this.#keys.close();
  }

  async #find(
    lookup: Lookup,
    claims: readonly Claim[],
    counted: readonly KeyCounts[],
  ): Promise<readonly Claim[]> {
    const missed = await lookup.find(claims, counted);
    if (missed.length === 0 || this.#options.isEnding()) return missed;
    const states = await this.#keys.claim(missed.map(({ key }) => key));
    const thatAre = (state: SharedClaimState) => missed.filter((_, i) => states[i] === state);
    const refused = thatAre("refused"), held = thatAre("held"), won = thatAre("won");
    countKeys(counted, "local", refused.length);
    this.#options.onRefused(refused);
    if (held.length > 0) {
      for (const claim of held) claim.leave();
      this.#elsewhere.add(held, counted);
    }
    if (won.length === 0) return [];
    const asked = await this.#options.cache.find(won, counted);
    const left = new Set(asked);
    this.release(won.filter((claim) => !left.has(claim)));
    return asked;
  }
}
