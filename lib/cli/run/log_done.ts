import type { Log } from "../../telemetry/log.ts";
import { count, duration, plural } from "../../text/format.ts";
import type { JobSessionOptions } from "./job_session.ts";

/** Logs each object that was processed, for commands that keep running. */
export function logDone(log: Log): JobSessionOptions["onEnded"] {
  return ({ name }, { out, rejected }, outcome, seconds) => {
    if (outcome !== "done") return;
    const rejects = rejected > 0 ? `, ${count(rejected)} rejected` : "";
    log(
      `Done: ${name}, ${plural(out, "record")}${rejects}, in ${duration(seconds)}`,
      "info",
      { object: name, records: out, rejected, seconds },
    );
  };
}
