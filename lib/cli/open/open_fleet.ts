import type { BullQueue } from "../../queue/bull_queue.ts";
import type { FleetQueue, FleetQueueOptions, Place } from "../../queue/fleet_queue.ts";
import type { fleetSettings } from "../../queue/fleet_settings.ts";
import { readAuthorities } from "../../tls/read_pem.ts";
import type { Values } from "../../settings/setting.ts";

/** Where a fleet's queue is. */
export type FleetConfig = Values<typeof fleetSettings> & { readonly queue: string };

/** Opens a fleet's queue from outside: to add, to look, to put back. BullMQ is loaded only then. */
export async function openFleet(
  config: FleetConfig,
  options: Pick<FleetQueueOptions, "tries" | "retrySeconds"> = {},
): Promise<FleetQueue> {
  const { FleetQueue } = await import("../../queue/fleet_queue.ts");
  return new FleetQueue(config.queue, { ...await shared(config), ...options });
}

/** How jobs are claimed. */
export interface OpenClaimsOptions {
  /** What the jobs must be about. */
  readonly place: Place;
  /** How long a claim lasts, in seconds. */
  readonly visibilitySeconds: number;
  /** How long a claim waits for a job, in seconds. */
  readonly waitSeconds?: number;
}

/** Opens a fleet's queue to claim jobs. */
export async function openClaims(
  config: FleetConfig,
  { place, ...options }: OpenClaimsOptions,
): Promise<BullQueue> {
  const { BullQueue } = await import("../../queue/bull_queue.ts");
  return new BullQueue(config.queue, { ...await shared(config), ...place, ...options });
}

async function shared({ queueName: name, queueCa }: FleetConfig) {
  return { name, ca: queueCa === undefined ? undefined : await readAuthorities(queueCa) };
}
