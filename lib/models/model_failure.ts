import type { ModelFailure } from "./model.ts";

const failures: Readonly<Record<string, ModelFailure>> = {
  UNAVAILABLE: "retry",
  DEADLINE_EXCEEDED: "retry",
  RESOURCE_EXHAUSTED: "retry",
  // Our own cancellation never gets here; a server that is shut down by force cancels the calls in flight.
  CANCELLED: "retry",
  INVALID_ARGUMENT: "refused",
  UNAUTHENTICATED: "fatal",
  PERMISSION_DENIED: "fatal",
  UNIMPLEMENTED: "fatal",
};

/**
 * What a gRPC status means for the calls after it.
 *
 * @param code The status's name.
 * @param details The server's text: a message over a size limit has the same status as an overload, and only the text,
 * which is grpc's own, distinguishes them.
 */
export function modelFailure(code: string, details = ""): ModelFailure {
  if (code === "RESOURCE_EXHAUSTED" && /larger than|too large|exceeds .*size/i.test(details)) {
    return "refused";
  }
  return failures[code] ?? "call";
}
