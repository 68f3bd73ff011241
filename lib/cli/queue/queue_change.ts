import { ConfigError } from "../../settings/config_error.ts";
import { plural } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { openJobQueue, type QueueConfig } from "../open/open_job_queue.ts";

interface QueueCommandConfig {
  readonly queue: QueueConfig;
}

/** Puts failed jobs back, those of the named objects or all; resolves to the exit status. */
export async function queueRetry(
  { queue: config }: QueueCommandConfig,
  names: readonly string[],
  io: Io,
): Promise<number> {
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
  { flags, queue: config }: QueueCommandConfig & { readonly flags: { readonly waiting: boolean } },
  names: readonly string[],
  io: Io,
): Promise<number> {
  if (flags.waiting && names.length > 0) {
    throw new ConfigError([`Cannot drop ${names[0]}: --waiting drops all waiting jobs, and takes no names`]);
  }
  const queue = await openJobQueue(config);
  try {
    const done = flags.waiting ? await queue.dropWaiting(io.signal) : await queue.drop(names, io.signal);
    io.stdout(`Dropped ${plural(done, `${flags.waiting ? "waiting" : "failed"} job`)}\n`);
    return names.length > 0 && done === 0 ? exitStatus.undone : exitStatus.done;
  } finally {
    await queue.close();
  }
}
