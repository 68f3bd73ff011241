import type { Claim } from "./claim.ts";
import type { CoordinatedKeys } from "./coordinated_keys.ts";
import type { KeyCounts } from "./key_counts.ts";

export interface HeldElsewhereOptions {
  readonly fleet: CoordinatedKeys;
  /** Told of claims whose keys nobody holds any more. */
  readonly onFree: (claims: readonly Claim[], counted: readonly KeyCounts[]) => void;
  /** Told of claims that nobody waits for any more. */
  readonly onUnwanted: (claims: readonly Claim[], counted: readonly KeyCounts[]) => void;
}

/** Between looks at what others hold, in milliseconds: after one that found something, and otherwise at most. */
const firstLookMs = 50, maxLookMs = 1_000;
/** Of the time, looks take no more than one part in so many. */
const lookShare = 10;
/** Keys that are looked at together. */
const maxLookKeys = 2_000;

/** What other processes of the fleet are asking: looks now and then which keys they have let go. */
export class HeldElsewhere {
  readonly #options: HeldElsewhereOptions;
  readonly #waiting = new Map<Claim, readonly KeyCounts[]>();
  #lookMs = firstLookMs;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: HeldElsewhereOptions) {
    this.#options = options;
  }

  /** Waits for some more; once closed, they are unwanted at once. */
  add(claims: readonly Claim[], counted: readonly KeyCounts[]): void {
    if (this.#isClosed) return this.#options.onUnwanted(claims, counted);
    if (this.#waiting.size === 0) this.#lookMs = firstLookMs;
    for (const claim of claims) this.#waiting.set(claim, counted);
    this.#lookLater();
  }

  /** Ends the waits; all that is waited for is unwanted. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const left = [...this.#waiting.keys()];
    this.#tell(left, this.#options.onUnwanted);
    await this.#looking;
  }

  #lookLater(): void {
    if (this.#timer !== undefined || this.#looking !== undefined || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined;
        this.#lookLater();
      });
    }, this.#lookMs);
  }

  async #look(): Promise<void> {
    const { fleet, onFree, onUnwanted } = this.#options;
    const started = performance.now();
    this.#tell(this.#waiting.keys().filter(({ isWanted }) => !isWanted).toArray(), onUnwanted);
    const claims = [...this.#waiting.keys()];
    let hasFound = false;
    for (let start = 0; start < claims.length; start += maxLookKeys) {
      const some = claims.slice(start, start + maxLookKeys);
      const areHeld = await fleet.areHeld(some.map(({ key }) => key));
      const free = some.filter((claim, i) => !areHeld[i] && this.#waiting.has(claim));
      hasFound ||= free.length > 0;
      this.#tell(free, onFree);
    }
    const nextMs = hasFound ? firstLookMs : Math.min(this.#lookMs * 2, maxLookMs);
    this.#lookMs = Math.max(nextMs, (performance.now() - started) * lookShare);
  }

  /** Waits no longer for some: tells of them, those of one batch together. */
  #tell(claims: readonly Claim[], told: HeldElsewhereOptions["onFree"]): void {
    const batches = new Map<readonly KeyCounts[], Claim[]>();
    for (const claim of claims) {
      batches.getOrInsertComputed(this.#waiting.get(claim)!, () => []).push(claim);
      this.#waiting.delete(claim);
    }
    for (const [counted, claims] of batches) told(claims, counted);
  }
}
