import { circuitBreaker, type CircuitBreakerPolicy, ConsecutiveBreaker, handleAll } from "cockatiel";
import { reasonOf } from "../errors/sluice_error.ts";
import { retryPolicies } from "../retry/retry_policies.ts";

/** How long a server that failed is left alone, in milliseconds. */
export const restMs = retryPolicies.failedServer.restMs;

export interface RestingBreakerEvents {
  readonly onFailure: (cause: string) => void;
  readonly onRecovery: () => void;
}

/** Rejects at once for a while after each failure; reports the first failure, and the recovery. */
export function restingBreaker({ onFailure, onRecovery }: RestingBreakerEvents): CircuitBreakerPolicy {
  const policy = circuitBreaker(handleAll, {
    halfOpenAfter: restMs,
    breaker: new ConsecutiveBreaker(1),
  });
  let isDown = false;
  policy.onBreak((reason) => {
    if (isDown) return;
    isDown = true;
    onFailure("error" in reason ? reasonOf(reason.error) : String(reason));
  });
  policy.onReset(() => {
    isDown = false;
    onRecovery();
  });
  return policy;
}
