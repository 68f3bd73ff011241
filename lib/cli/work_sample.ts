import type { Answers } from "../answers/answers.ts";
import type { Job } from "../jobs/job.ts";
import type { WorkSample } from "../telemetry/work_estimate.ts";

/** How far a job is now. */
export function workSample(job: Pick<Job, "bytes" | "progress">, answers: Answers): WorkSample {
  const { isAll: isListed, ...bytes } = job.bytes;
  const { blank, in: read, out, rejected } = job.progress;
  const { modelIsDown, questionsOutstanding: outstanding } = answers.stats();
  const { asked } = answers.counts;
  const isWaiting = answers.isHeldUp && outstanding > 0;
  return {
    bytes,
    isListed,
    questions: { asked, outstanding },
    records: { read, finished: out + rejected + blank },
    ...(isWaiting && { waitsFor: modelIsDown ? "model" : "cache" } as const),
  };
}
