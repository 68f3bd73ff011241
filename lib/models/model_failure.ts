import type { ModelFailure } from "./model.ts";

const failures: Readonly<Record<string, ModelFailure>> = {
  UNAVAILABLE: "retry",
  DEADLINE_EXCEEDED: "retry",
  RESOURCE_EXHAUSTED: "retry",
  // Our own cancelling never gets here; a server that is shut down by force cancels the calls under way.
  CANCELLED: "retry",
  UNAUTHENTICATED: "fatal",
  PERMISSION_DENIED: "fatal",
  UNIMPLEMENTED: "fatal",
};

/** What a gRPC status means for the calls after it; `code` is the status's name. */
export function modelFailure(code: string): ModelFailure {
  return failures[code] ?? "call";
}
