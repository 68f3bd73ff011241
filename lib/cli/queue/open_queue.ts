import { readAuthorities } from "../../tls/read_pem.ts";
import type { Config } from "../settings/config.ts";
import type { ObjectQueue } from "../../watch/object_queue.ts";

/** Opens the queue of events at an address. The AWS SDK's part for it is loaded only then. */
export async function openQueue(config: Config, url: string): Promise<ObjectQueue> {
  const { SqsQueue } = await import("../../watch/sqs_queue.ts");
  return await SqsQueue.open(url, {
    ca: config.s3Ca === undefined ? undefined : await readAuthorities(config.s3Ca),
  });
}
