import type { Claim } from "./claim.ts";
import type { CoordinatedKeys } from "./coordinated_keys.ts";
import type { KeyCounts } from "./key_counts.ts";

export interface HeldElsewhereOptions {
  readonly keys: CoordinatedKeys;
  /** Called with claims whose keys no process holds any more. */
  readonly onFree: (claims: readonly Claim[], counted: readonly KeyCounts[]) => void;
  /** Called with claims that no batch waits for any more. */
  readonly onUnwanted: (claims: readonly Claim[], counted: readonly KeyCounts[]) => void;
}

/** Time between two checks, in milliseconds: after one that found a free key, and at most. */
const firstCheckMs = 50, maxCheckMs = 1_000;
/** Checks take at most one part in so many of the time. */
const checkShare = 10;
/** Keys in one check. */
const maxCheckedKeys = 2_000;

/** Claims of keys that other processes are asking. Checks from time to time which of these keys are free. */
export class HeldElsewhere {
  readonly #options: HeldElsewhereOptions;
  readonly #waiting = new Map<Claim, readonly KeyCounts[]>();
  #checkMs = firstCheckMs;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #checking: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: HeldElsewhereOptions) {
    this.#options = options;
  }

  /** Waits for more claims; once closed, they are unwanted at once. */
  add(claims: readonly Claim[], counted: readonly KeyCounts[]): void {
    if (this.#isClosed) return this.#options.onUnwanted(claims, counted);
    if (this.#waiting.size === 0) this.#checkMs = firstCheckMs;
    for (const claim of claims) this.#waiting.set(claim, counted);
    this.#checkLater();
  }

  /** Ends all waits; their claims are unwanted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const left = [...this.#waiting.keys()];
    this.#report(left, this.#options.onUnwanted);
    await this.#checking;
  }

  #checkLater(): void {
    if (this.#timer !== undefined || this.#checking !== undefined || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#checking = this.#check().finally(() => {
        this.#checking = undefined;
        this.#checkLater();
      });
    }, this.#checkMs);
  }

  async #check(): Promise<void> {
    const { keys, onFree, onUnwanted } = this.#options;
    const started = performance.now();
    this.#report(this.#waiting.keys().filter(({ isWanted }) => !isWanted).toArray(), onUnwanted);
    const claims = [...this.#waiting.keys()];
    let hasFound = false;
    for (let start = 0; start < claims.length; start += maxCheckedKeys) {
      const some = claims.slice(start, start + maxCheckedKeys);
      const areHeld = await keys.areHeld(some.map(({ key }) => key));
      const free = some.filter((claim, i) => !areHeld[i] && this.#waiting.has(claim));
      hasFound ||= free.length > 0;
      this.#report(free, onFree);
    }
    const nextMs = hasFound ? firstCheckMs : Math.min(this.#checkMs * 2, maxCheckMs);
    this.#checkMs = Math.max(nextMs, (performance.now() - started) * checkShare);
  }

  /** Ends the wait for some claims, and reports them, those of one batch together. */
  #report(claims: readonly Claim[], report: HeldElsewhereOptions["onFree"]): void {
    const batches = new Map<readonly KeyCounts[], Claim[]>();
    for (const claim of claims) {
      batches.getOrInsertComputed(this.#waiting.get(claim)!, () => []).push(claim);
      this.#waiting.delete(claim);
    }
    for (const [counted, claims] of batches) report(claims, counted);
  }
}
