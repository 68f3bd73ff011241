import { readAuthorities } from "../../tls/read_pem.ts";
import type { ObjectQueue } from "../../watch/object_queue.ts";
import type { Config } from "../settings/sections.ts";

/** Opens the queue of S3 event notifications at an address. The AWS SDK's part for it is loaded only then. */
export async function openEventQueue(
  url: string,
  { ca, region }: Partial<Pick<Config["s3"], "ca" | "region">>,
): Promise<ObjectQueue> {
  const { SqsQueue } = await import("../../watch/sqs_queue.ts");
  return await SqsQueue.open(url, { region, ca: ca === undefined ? undefined : await readAuthorities(ca) });
}
