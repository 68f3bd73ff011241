/** The seam between this process and others that work for the same model and cache. */
export interface Coordinator {
  readonly claims: SharedClaims;
  readonly rate: SharedRate;
}

/**
 * Who asks what: each key is held by one process at most. A holder that dies loses its keys within seconds. Whoever
 * finds a key held waits for its answer in the cache.
 */
export interface SharedClaims {
  /** The address, without secrets. */
  readonly url: string;
  /** How often held keys must be renewed, in milliseconds. */
  readonly renewMs: number;
  /**
   * Tries to hold keys. `held` by another process; `refused` by the model, which another process has asked.
   *
   * @throws {Error} The claims are away.
   */
  claim(keys: readonly string[], signal: AbortSignal): Promise<readonly SharedClaimState[]>;
  /** For each key, whether another process holds it still. */
  areHeld(keys: readonly string[], signal: AbortSignal): Promise<readonly boolean[]>;
  /** Goes on holding keys; takes those again that were lost, where nobody else has. */
  renew(keys: readonly string[], signal: AbortSignal): Promise<void>;
  /** Holds keys no longer. `isRefused`: others are told for a while that the model refuses them. */
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
   * @throws {Error} The rate is away.
   */
  take(signal: AbortSignal): Promise<SharedTurn>;
}

export interface SharedTurn {
  /** How long until it comes. */
  readonly waitMs: number;
  /** Processes that have taken turns lately, this one among them. */
  readonly processes: number;
}
