import type { BullQueue } from "../../queue/bull_queue.ts";
import type { JobQueue, JobQueueOptions } from "../../queue/job_queue.ts";
import type { QueueScope } from "../../queue/queue_job.ts";
import { readAuthorities } from "../../tls/read_pem.ts";
import type { Config } from "../settings/sections.ts";

/** Which queue, and how it is reached. */
export type QueueConfig = Pick<Config["queue"], "name" | "ca"> & { readonly url: string };

/** Opens a queue of jobs from outside: to add, look at, retry and drop them. BullMQ is loaded only then. */
export async function openJobQueue(
  { url, ...config }: QueueConfig,
  options: Pick<JobQueueOptions, "tries" | "retrySeconds"> = {},
): Promise<JobQueue> {
  const { JobQueue } = await import("../../queue/job_queue.ts");
  return new JobQueue(url, { ...await connection(config), ...options });
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

/** Opens a queue to claim its jobs. */
export async function openClaims(
  { url, ...config }: QueueConfig,
  { place, ...options }: OpenClaimsOptions,
): Promise<BullQueue> {
  const { BullQueue } = await import("../../queue/bull_queue.ts");
  return new BullQueue(url, { ...await connection(config), ...place, ...options });
}

async function connection({ ca, name }: Pick<QueueConfig, "ca" | "name">) {
  return { name, ca: ca === undefined ? undefined : await readAuthorities(ca) };
}
