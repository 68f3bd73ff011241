import type { Log } from "../../telemetry/log.ts";
import { firstRejectText } from "../../records/rejects.ts";
import { count, duration, plural } from "../../text/format.ts";
import type { JobSessionOptions } from "./job_session.ts";

/** Logs each object that was processed, for commands that keep running; as a warning where it has rejects. */
export function logDone(log: Log): JobSessionOptions["onEnded"] {
  return ({ name }, { firstReject, out, rejected }, outcome, { rejectsIn, seconds }) => {
    if (outcome !== "done") return;
    const done = `Done: ${name}, ${plural(out, "record")}`;
    const fields = { object: name, records: out, rejected, seconds };
    if (firstReject === undefined) return log(`${done}, in ${duration(seconds)}`, "info", fields);
    log(
      `${done}, ${count(rejected)} rejected, in ${duration(seconds)}; the first is line ${
        count(firstReject.line)
      }: ` +
        `${firstRejectText(firstReject)}; ${rejected === 1 ? "it is" : "all are"} kept in ${rejectsIn}`,
      "warning",
      { ...fields, firstReject, rejectsIn },
    );
  };
}
