import type { Job } from "../../jobs/job.ts";
import type { Log } from "../../telemetry/log.ts";
import { count, plural } from "../../text/format.ts";

/**
 * Logs how many objects were processed and failed when a command that keeps running has stopped, and in how many attempts.
 *
 * @param left Ends the message: what is left undone.
 */
export function logStopped(log: Log, { failedAttempts, objects: { done, failed } }: Job, left: string): void {
  const attempts = failedAttempts > failed ? ` (${plural(failedAttempts, "failed attempt")})` : "";
  log(`Stopped: ${plural(done, "object")} processed, ${count(failed)} failed${attempts}${left}`, "info", {
    done,
    failed,
    failedAttempts,
  });
}
