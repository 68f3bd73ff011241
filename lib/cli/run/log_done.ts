import type { Log } from "../../telemetry/log.ts";
import { firstRejectText } from "../../records/rejects.ts";
import { count, duration, plural } from "../../text/format.ts";
import type { JobSessionOptions } from "./job_session.ts";

/** Logs each object that was processed, for commands that keep running. */
export function logDone(log: Log): JobSessionOptions["onEnded"] {
  return ({ name }, { firstReject, out, rejected }, outcome, seconds) => {
    if (outcome !== "done") return;
    const first = firstReject && `line ${count(firstReject.line)}: ${firstRejectText(firstReject)}`;
    const rejects = rejected > 0 ? `, ${count(rejected)} rejected (${first})` : "";
    log(
      `Done: ${name}, ${plural(out, "record")}${rejects}, in ${duration(seconds)}`,
      "info",
      { object: name, records: out, rejected, seconds },
    );
  };
}
