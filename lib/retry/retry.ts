import { retry as retryOf } from "@std/async/retry.js";
import type { RetryPolicy } from "./retry_policies.ts";

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Whether trying again may help; defaults to yes. */
  readonly isRetriable?: (error: unknown) => boolean;
  /** Called before each wait, with the number of failures in a row, from 1. */
  readonly onRetry?: (error: unknown, failures: number) => void;
}

/**
 * Calls `work` until it succeeds, waiting in between as the policy says.
 *
 * @throws The last error, when the policy's attempts are used up or `isRetriable` says no.
 * @throws The signal's reason, at once when it is aborted during a wait.
 */
export async function retry<T>(
  { firstMs, maxMs, jitter, maxAttempts = Infinity }: RetryPolicy,
  work: (attempt: number) => Promise<T>,
  { signal, isRetriable = () => true, onRetry }: RetryOptions,
): Promise<T> {
  let attempts = 0;
  let last: unknown;
  const isLast = () => attempts >= maxAttempts;
  return await retryOf(() => work(++attempts), {
    minTimeout: firstMs,
    maxTimeout: maxMs,
    jitter,
    multiplier: 2,
    maxAttempts: Number.MAX_SAFE_INTEGER, // `isRetriable` ends it, with the error itself
    signal,
    isRetriable(error) {
      last = error;
      if (signal.aborted || isLast() || !isRetriable(last)) return false;
      onRetry?.(last, attempts);
      return true;
    },
  });
}

/** How long to wait after so many failures in a row, in milliseconds; for loops that do more than try again. */
export function retryDelayMs({ firstMs, maxMs, jitter }: RetryPolicy, failures: number): number {
  return Math.min(maxMs, firstMs * 2 ** (failures - 1)) * (1 - jitter * Math.random());
}
