import type { Tell } from "../text/tell.ts";
import { HttpProblem } from "./problem.ts";

/**
 * Tells people what the sender cannot be told any more; what it has brought about itself is no trouble.
 *
 * @param what The action that failed.
 */
export function tellFailure(what: string, error: unknown, tell: Tell): void {
  if (!(error instanceof HttpProblem)) {
    return tell(`${what}: ${error instanceof Error ? error.stack : error}`, "error");
  }
  tell(`${what}: ${error.message}`, error.status < 500 ? "info" : "warning");
}
