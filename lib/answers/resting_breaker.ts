import { circuitBreaker, type CircuitBreakerPolicy, ConsecutiveBreaker, handleAll } from "cockatiel";

/** How long what failed is left alone, in milliseconds. */
export const restMs = 5_000;

export interface RestingBreakerEvents {
  readonly onFailure: (cause: string) => void;
  readonly onRecovery: () => void;
}

/** Rests after each failure; tells of the first one, and of the recovery. */
export function restingBreaker({ onFailure, onRecovery }: RestingBreakerEvents): CircuitBreakerPolicy {
  const policy = circuitBreaker(handleAll, {
    halfOpenAfter: restMs,
    breaker: new ConsecutiveBreaker(1),
  });
  let isDown = false;
  policy.onBreak((reason) => {
    if (isDown) return;
    isDown = true;
    onFailure("error" in reason && reason.error instanceof Error ? reason.error.message : String(reason));
  });
  policy.onReset(() => {
    isDown = false;
    onRecovery();
  });
  return policy;
}
