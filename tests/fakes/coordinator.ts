import type {
  Coordinator,
  SharedClaims,
  SharedClaimState,
  SharedRate,
} from "../../lib/answers/coordinator.ts";

export interface FakeFleetOptions {
  /** How long a claim outlives its holder, in milliseconds; unlimited by default. */
  readonly heldMs?: number;
  /** Calls per second of all processes together; defaults to `Infinity`. */
  readonly callsPerSecond?: number;
  /** Waited for before and after each step, as for a network; nothing by default. */
  readonly network?: () => Promise<void>;
}

/** What the processes of a fleet share, in memory: claims and turns, by `performance.now()`. Uses Web APIs only. */
export class FakeFleet {
  /** Who holds a key; `!` where the model refuses it. */
  readonly holders = new Map<string, { holder: string; untilMs: number }>();
  /** Set where claims and turns are to fail. */
  failure: Error | undefined;
  readonly #options: FakeFleetOptions;
  #turnMs = -Infinity;
  #processes = 0;

  constructor(options: FakeFleetOptions = {}) {
    this.#options = options;
  }

  /** One more process. */
  join(): Coordinator {
    const holder = `process ${++this.#processes}`;
    const { callsPerSecond = Infinity, heldMs = Infinity } = this.#options;
    const step = async <T>(work: () => T): Promise<T> => {
      await this.#options.network?.();
      if (this.failure !== undefined) throw this.failure;
      const done = work();
      await this.#options.network?.();
      return done;
    };
    const holderOf = (key: string) => {
      const claim = this.holders.get(key);
      return claim !== undefined && performance.now() < claim.untilMs ? claim.holder : undefined;
    };
    const hold = (key: string) => this.holders.set(key, { holder, untilMs: performance.now() + heldMs });
    const claims: SharedClaims = {
      url: "fake:",
      renewMs: Math.min(heldMs / 3, 1e9),
      claim: (keys) =>
        step(() =>
          keys.map((key): SharedClaimState => {
            const other = holderOf(key);
            if (other !== undefined && other !== holder) return other === "!" ? "refused" : "held";
            hold(key);
            return "won";
          })
        ),
      areHeld: (keys) => step(() => keys.map((key) => ![undefined, "!", holder].includes(holderOf(key)))),
      renew: (keys) =>
        step(() => {
          for (const key of keys) if ([undefined, holder].includes(holderOf(key))) hold(key);
        }),
      release: (keys, isRefused) =>
        step(() => {
          for (const key of keys) {
            if (holderOf(key) !== holder) continue;
            if (isRefused) this.holders.set(key, { holder: "!", untilMs: Infinity });
            else this.holders.delete(key);
          }
        }),
    };
    const rate: SharedRate = {
      url: "fake:",
      take: () =>
        step(() => {
          const now = performance.now();
          const turn = Math.max(now, this.#turnMs);
          this.#turnMs = turn + 1000 / callsPerSecond;
          return { waitMs: turn - now, processes: this.#processes };
        }),
    };
    return { claims, rate };
  }
}
