/** The seam between this process and others that work for the same model and cache. */
export interface Coordinator {
  readonly claims: SharedClaims;
  readonly rate: SharedRate;
}

/**
 * Which process asks which key: each key is held by one process at most. A process that dies loses its keys within
 * seconds. A process that finds a key held waits for its answer in the cache.
 */
export interface SharedClaims {
  /** The address, without secrets. */
  readonly url: string;
  /** How often held keys must be renewed, in milliseconds. */
  readonly renewMs: number;
  /**
   * Tries to hold keys. `held` by another process; `refused` by the model, which another process has asked.
   *
   * @throws {Error} The claims are unavailable.
   */
  claim(keys: readonly string[], signal: AbortSignal): Promise<readonly SharedClaimState[]>;
  /** For each key, whether another process still holds it. */
  areHeld(keys: readonly string[], signal: AbortSignal): Promise<readonly boolean[]>;
  /** Keeps holding keys; takes back those that were lost, if no other process has them. */
  renew(keys: readonly string[], signal: AbortSignal): Promise<void>;
  /** Stops holding keys. `isRefused`: for a while, others see them as refused by the model. */
  release(keys: readonly string[], isRefused: boolean, signal: AbortSignal): Promise<void>;
}

export type SharedClaimState = "won" | "held" | "refused";

/** When the next call of all processes may start. */
export interface SharedRate {
  /** The address, without secrets. */
  readonly url: string;
  /**
   * Takes the next turn.
   *
   * @throws {Error} The rate is unavailable.
   */
  take(signal: AbortSignal): Promise<SharedTurn>;
}

export interface SharedTurn {
  /** Time until the turn, in milliseconds. */
  readonly waitMs: number;
  /** Processes that have taken turns recently, this one included. */
  readonly processes: number;
}
