/** How something that failed is tried again: after `firstMs`, then twice as long each time, at most `maxMs`. */
export interface RetryPolicy {
  /** What is retried, for the documents. */
  readonly what: string;
  readonly firstMs: number;
  readonly maxMs: number;
  /** By which share of itself a wait may be shorter, at random: 0 for none, 0.5 for up to half. */
  readonly jitter: number;
  /** Attempts, the first one included; absent if it continues until it succeeds or is stopped. */
  readonly maxAttempts?: number;
}

/** A backoff that a library carries out, with its own jitter. */
export interface LibraryBackoff extends Omit<RetryPolicy, "jitter"> {
  /** The library's jitter, for the documents. */
  readonly libraryJitter: string;
}

/** How long something is not used after each failure. */
export interface FixedRest {
  /** What is not used, for the documents. */
  readonly what: string;
  readonly restMs: number;
}

/** All retry policies and fixed delays; docs/reference/retries.md has them as tables. */
export const retryPolicies = {
  modelCall: {
    what: "a call to the model that failed with a transient error, until --model-patience is over",
    firstMs: 200,
    maxMs: 30_000,
    jitter: 0.5,
  },
  modelProbe: {
    what: "a single call that probes a model after five calls in a row have failed",
    firstMs: 1_000,
    maxMs: 30_000,
    libraryJitter: "decorrelated",
  },
  failedServer: {
    what: "the cache, or Redis for the shared rate and claims, after a failed read or write",
    restMs: 5_000,
  },
  credentials: {
    what: "getting AWS credentials once more, after a server did not take them and there were no others",
    restMs: 30_000,
  },
  bloomFilter: {
    what: "building a Bloom filter, after a failure",
    restMs: 10_000,
  },
  redisConnect: {
    what: "connecting to Redis; commands fail at once in between",
    firstMs: 100,
    maxMs: 10_000,
    jitter: 0.5,
  },
  redisSlotMove: {
    what: "a command to a slot that moves to another server of a Redis Cluster, for half of --cache-timeout",
    firstMs: 10,
    maxMs: 200,
    jitter: 0,
  },
  queueAdd: {
    what: "adding jobs to a queue that does not answer, by enqueue --follow",
    firstMs: 1_000,
    maxMs: 30_000,
    jitter: 0,
  },
  matchTableWrite: {
    what: "a batch of menu matches for PostgreSQL, if the server is gone or aborts it in a deadlock",
    firstMs: 100,
    maxMs: 1_600,
    jitter: 0,
    maxAttempts: 6,
  },
  queueClaim: {
    what: "claiming from a queue of events or jobs that does not answer",
    firstMs: 1_000,
    maxMs: 30_000,
    jitter: 0,
  },
  queueJob: {
    what: "a failed job of a queue; --retry-after sets the first delay, --tries the attempts",
    firstMs: 10_000,
    maxMs: Infinity,
    libraryJitter: "none",
    maxAttempts: 5,
  },
  sourceRead: {
    what:
      "a read of an object whose connection broke, from the byte where it broke; failures in a row without a byte",
    firstMs: 200,
    maxMs: 3_200,
    jitter: 0,
    maxAttempts: 6,
  },
  failedObject: {
    what: "an object that failed, in a watch by listings; the first wait is --every",
    firstMs: 30_000,
    maxMs: 3_600_000,
    jitter: 0,
  },
} as const satisfies Record<string, RetryPolicy | LibraryBackoff | FixedRest>;
