import type { BullQueue } from "../../queue/bull_queue.ts";
import type { JobQueue, JobQueueOptions } from "../../queue/job_queue.ts";
import type { QueueScope } from "../../queue/queue_job.ts";
import type { queueSettings } from "../../queue/queue_settings.ts";
import { readAuthorities } from "../../tls/read_pem.ts";
import type { Values } from "../../settings/setting.ts";

/** Where a fleet's queue is. */
export type QueueConfig = Values<typeof queueSettings> & { readonly queue: string };

/** Opens a fleet's queue from outside: to add, to look, to put back. BullMQ is loaded only then. */
export async function openJobQueue(
  config: QueueConfig,
  options: Pick<JobQueueOptions, "tries" | "retrySeconds"> = {},
): Promise<JobQueue> {
  const { JobQueue } = await import("../../queue/job_queue.ts");
  return new JobQueue(config.queue, { ...await shared(config), ...options });
}

/** How jobs are claimed. */
export interface OpenClaimsOptions {
  /** What the jobs must be about. */
  readonly place: QueueScope;
  /** How long a claim lasts, in seconds. */
  readonly visibilitySeconds: number;
  /** How long a claim waits for a job, in seconds. */
  readonly waitSeconds?: number;
}

/** Opens a fleet's queue to claim jobs. */
export async function openClaims(
  config: QueueConfig,
  { place, ...options }: OpenClaimsOptions,
): Promise<BullQueue> {
  const { BullQueue } = await import("../../queue/bull_queue.ts");
  return new BullQueue(config.queue, { ...await shared(config), ...place, ...options });
}

async function shared({ queueName: name, queueCa }: QueueConfig) {
  return { name, ca: queueCa === undefined ? undefined : await readAuthorities(queueCa) };
}
