/** How something that failed is tried again: after `firstMs`, then twice as long each time, at most `maxMs`. */
export interface RetryPolicy {
  /** What is tried again, for the documents. */
  readonly what: string;
  readonly firstMs: number;
  readonly maxMs: number;
  /** By which share of itself a wait may be shorter, at random: 0 for none, 0.5 for up to half. */
  readonly jitter: number;
  /** Attempts, the first one included; absent where it goes on until it succeeds or is stopped. */
  readonly maxAttempts?: number;
}

/** Every policy of the house; docs/reference has them as a table. */
export const retryPolicies = {
  modelCall: {
    what: "a call to the model that failed for a passing reason, until --model-patience is over",
    firstMs: 200,
    maxMs: 30_000,
    jitter: 0.5,
  },
} as const satisfies Record<string, RetryPolicy>;
