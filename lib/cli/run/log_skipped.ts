import { isSelection, skipText } from "../../jobs/skipped_objects.ts";
import type { SkippedObject, SkipReason } from "../../stores/skipped_object.ts";
import type { Log } from "../../telemetry/log.ts";
import type { JobSessionOptions } from "./job_session.ts";

/** Objects of each reason that are named at level `info`; further ones, and what was not selected, are at level `debug`. */
const maxNamed = 10;

/** Logs each object that is skipped, for commands that keep running. */
export function logSkipped(log: Log): JobSessionOptions["onSkipped"] {
  const counts = new Map<SkipReason, number>();
  return (skipped: SkippedObject) => {
    const { name: object, reason } = skipped;
    const n = (counts.get(reason) ?? 0) + 1;
    counts.set(reason, n);
    const level = isSelection(reason) || n > maxNamed ? "debug" : "info";
    log(`Skipped ${object}: ${skipText(skipped)}`, level, { object, reason });
  };
}
