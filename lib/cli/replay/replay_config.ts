import type { ReplaySummary } from "../../jobs/replay.ts";
import { exitStatus } from "../exit_status.ts";
import type { JobSessionConfig } from "../run/job_session.ts";
import type { Taking } from "../settings/sections.ts";

/** The settings of a replay. */
export type ReplayConfig = JobSessionConfig & {
  readonly output: Taking<"output", "allowEmpty" | "allowRejects" | "json" | "quiet">;
};

/** The exit status of a replay that came to its end. */
export function replayStatus(
  { after, included }: ReplaySummary,
  { allowEmpty, allowRejects }: ReplayConfig["output"],
): number {
  if (after > 0 && !allowRejects) return exitStatus.rejects;
  return included === 0 && !allowEmpty ? exitStatus.empty : exitStatus.done;
}
