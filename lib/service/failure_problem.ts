import { QuestionLimitError } from "../answers/answers.ts";
import { type ErrorKind, kindOf, reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { ModelError } from "../models/model.ts";
import type { Tell } from "../text/tell.ts";
import { HttpProblem } from "./problem.ts";

/** The status of a failure, by its kind; `undefined` if the fault is the server's own. */
const statusOf: Readonly<Record<ErrorKind, number | undefined>> = {
  input: 400,
  empty: 400,
  data: 400,
  // A cap that the body's contents reach: of a header row, say. Too large a body, too many keys, have their own status.
  limit: 400,
  model: 502,
  source: 503,
  sink: 503,
  cache: 503,
  queue: 503,
  settings: undefined,
  internal: undefined,
};

/** Whose messages are for operators, not clients: they name servers. */
const internalKinds: ReadonlySet<ErrorKind> = new Set(["source", "sink", "cache", "queue"]);

/** When a client may try again what failed with 503, in seconds. */
const retryAfter = "30";

/** A failure as the client sees it: an {@linkcode HttpProblem}; or the failure itself, if the fault is the server's. */
export function failureProblem(error: unknown): unknown {
  if (error instanceof HttpProblem) return error;
  const status = failureStatus(error);
  if (status === undefined) return error;
  const kind = kindOf(error);
  const detail = internalKinds.has(kind) ? `The server's ${kind} failed; try again later` : reasonOf(error);
  return new HttpProblem(status, detail, status === 503 ? { "retry-after": retryAfter } : {}, error);
}

function failureStatus(error: unknown): number | undefined {
  if (error instanceof QuestionLimitError) return 429;
  // The model cannot be reached, or refuses the call, where other failures of the model are answers that do not count.
  if (error instanceof ModelError) return 503;
  return statusOf[kindOf(error)];
}

/**
 * Logs a failure that can no longer be reported to the client. What the client brought about itself is no trouble of the
 * server.
 *
 * @param what The action that failed.
 * @param fields Fields of the log line, beside `kind` and `status`.
 */
export function logFailure(
  what: string,
  error: unknown,
  tell: Tell,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  if (!(error instanceof HttpProblem)) {
    const text = error instanceof Error ? error.stack : String(error);
    return tell(`${what}: ${text}`, "error", { ...fields, kind: kindOf(error) });
  }
  const { cause, message, status } = error;
  const kind = cause === undefined ? {} : { kind: kindOf(cause) };
  tell(
    `${what}: ${cause instanceof SluiceError ? cause.message : message}`,
    status < 500 ? "info" : "warning",
    { ...fields, status, ...kind },
  );
}
