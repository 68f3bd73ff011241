/** What is changed in every request of the client of S3. */
import type { S3Client } from "@aws-sdk/client-s3";

/**
 * Asks for bodies as they are stored (else `fetch` undoes a content encoding, but not that of a range), with a
 * header that is not signed, since proxies like to change it; and has broken connections tried again, which the
 * SDK does not recognise in Deno's `TypeError`.
 */
export function adaptToFetch(client: S3Client): void {
  client.middlewareStack.add((next) => async (args) => {
    (args.request as { headers: Record<string, string> }).headers["accept-encoding"] = "identity";
    try {
      return await next(args);
    } catch (error) {
      if (error instanceof TypeError) Object.assign(error, { $retryable: {} });
      throw error;
    }
  }, { step: "finalizeRequest", priority: "low", name: "adaptToFetch" });
}

/** Says in every request that its costs are accepted: without that, buckets whose requester pays answer with 403. */
export function acceptToPay(client: S3Client): void {
  client.middlewareStack.add((next) => (args) => {
    (args.request as { headers: Record<string, string> }).headers["x-amz-request-payer"] = "requester";
    return next(args);
  }, { step: "build", name: "acceptToPay" });
}
