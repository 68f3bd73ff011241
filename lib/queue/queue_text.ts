import type { BullLink } from "./bull_link.ts";
import { queueServer } from "./queue_server.ts";

/** How a queue and its server stand, in a line for people. */
export async function queueText({ client, queue }: BullLink): Promise<string> {
  const { version, policy, keepsEveryWrite } = await queueServer(client);
  const { wait = 0, delayed = 0, active = 0, failed = 0 } = await queue.getJobCounts(
    ...["wait", "delayed", "active", "failed"] as const,
  );
  const advice = keepsEveryWrite === false
    ? "; appendonly is off: where Redis is killed jobs are lost, and must be enqueued again; set appendonly yes"
    : "";
  return `Redis ${version}, ${policy ?? "maxmemory-policy not told"}: ${
    wait + delayed
  } jobs wait, ${active} are ` +
    `claimed, ${failed} have failed${advice}`;
}
