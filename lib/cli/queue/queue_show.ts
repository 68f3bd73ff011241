import type { QueueState, ShownJob } from "../../queue/job_queue.ts";
import { scopeText } from "../../queue/queue_job.ts";
import { count, duration, plural, size } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { openJobQueue, type QueueConfig } from "../open/open_job_queue.ts";

/** Jobs that are shown of each kind. */
const maxShown = 20;

/** Prints the state of the queue on standard output; resolves to the exit status. */
export async function queueShow(
  { flags, queue: config }: { readonly queue: QueueConfig; readonly flags: { readonly json: boolean } },
  io: Io,
): Promise<number> {
  const queue = await openJobQueue(config);
  try {
    const state = await queue.state(io.signal);
    const active = await queue.active(maxShown, io.signal), failed = await queue.failed(maxShown, io.signal);
    const { name, url } = queue;
    if (flags.json) {
      io.stdout(`${JSON.stringify({ queue: url, name, ...state, jobs: { active, failed } })}\n`);
    } else print(io, stateText(`${name} of ${url}`, state, active, failed));
    return exitStatus.done;
  } finally {
    await queue.close();
  }
}

function stateText(
  queue: string,
  { active: claimed, delayed, failed: broken, oldestSeconds, place, waiting, workers }: QueueState,
  active: readonly ShownJob[],
  failed: readonly ShownJob[],
): string {
  const lines: [string, string][] = [
    ["queue", queue],
    [
      "jobs",
      place === undefined ? "none has been added yet" : scopeText(place),
    ],
    [
      "waiting",
      count(waiting) + (oldestSeconds === undefined ? "" : `, the oldest for ${duration(oldestSeconds)}`),
    ],
    ["retrying", count(delayed)],
    ["active", `${count(claimed)}, with ${plural(workers, "worker")}`],
    ...shown(
      active,
      claimed,
      ({ bytes, seconds, tries, ...job }) =>
        `${nameOf(job)}, ${size(bytes)}, for ${duration(seconds)}${tries > 1 ? `, attempt ${tries}` : ""}`,
    ),
    ["failed", count(broken)],
    ...shown(
      failed,
      broken,
      ({ reason, seconds, tries, ...job }) =>
        `${nameOf(job)}, ${duration(seconds)} ago, after ${plural(tries, "attempt")}: ${
          reason ?? "unknown reason"
        }`,
    ),
  ];
  return lines.map(([title, words]) => `${title.padEnd(9)}${words}\n`).join("");
}

/** An object's name, and which bytes of it are meant. */
function nameOf({ chunk, name }: Pick<ShownJob, "chunk" | "name">): string {
  return chunk === undefined ? name : `${name} ${chunk.start}-${chunk.end}`;
}

function shown(
  jobs: readonly ShownJob[],
  all: number,
  text: (job: ShownJob) => string,
): [string, string][] {
  const lines = jobs.map((job): [string, string] => ["", text(job)]);
  return all > jobs.length ? [...lines, ["", `and ${count(all - jobs.length)} more`]] : lines;
}
