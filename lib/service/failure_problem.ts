import { QuestionLimitError } from "../answers/answers.ts";
import { ModelError } from "../models/model.ts";
import { HttpProblem } from "./problem.ts";

/** What a sender is told of a failure: an {@linkcode HttpProblem}; or the failure itself, where the fault is here. */
export function failureProblem(error: unknown): unknown {
  if (error instanceof HttpProblem) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof QuestionLimitError) return new HttpProblem(429, message);
  if (error instanceof ModelError) return new HttpProblem(503, message, { "retry-after": "30" });
  if (message.startsWith("Cannot get an answer")) return new HttpProblem(502, message);
  if (/^(?:corrupt gzip|gzip |Cannot read CSV: )/.test(message)) return new HttpProblem(400, message);
  return error;
}
