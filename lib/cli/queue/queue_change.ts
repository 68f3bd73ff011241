import type { Values } from "../../settings/setting.ts";
import { plural } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { openJobQueue } from "../open/open_job_queue.ts";
import type { queueCommandSettings, queueDropFlags } from "./queue_settings.ts";

type QueueConfig = Values<typeof queueCommandSettings>;

/** Puts failed jobs back, those of the named objects or all; resolves to the exit status. */
export async function queueRetry(config: QueueConfig, names: readonly string[], io: Io): Promise<number> {
  const queue = await openJobQueue(config);
  try {
    const done = await queue.retry(names, io.signal);
    io.stdout(`Retrying ${plural(done, "failed job")}\n`);
    return names.length > 0 && done === 0 ? exitStatus.undone : exitStatus.done;
  } finally {
    await queue.close();
  }
}

/** Removes failed jobs, those of the named objects or all, or those that wait; resolves to the exit status. */
export async function queueDrop(
  config: QueueConfig & Values<typeof queueDropFlags>,
  names: readonly string[],
  io: Io,
): Promise<number> {
  if (config.waiting && names.length > 0) {
    throw new Error(`Cannot drop ${names[0]}: --waiting drops all jobs that wait, and takes no names`);
  }
  const queue = await openJobQueue(config);
  try {
    const done = config.waiting ? await queue.dropWaiting(io.signal) : await queue.drop(names, io.signal);
    io.stdout(`Dropped ${plural(done, `${config.waiting ? "waiting" : "failed"} job`)}\n`);
    return names.length > 0 && done === 0 ? exitStatus.undone : exitStatus.done;
  } finally {
    await queue.close();
  }
}
