import { assertEquals, assertStrictEquals } from "@std/assert/mod.js";
import { QuestionLimitError } from "../../lib/answers/answers.ts";
import { type ErrorKind, SluiceError } from "../../lib/errors/sluice_error.ts";
import { ModelError } from "../../lib/models/model.ts";
import { failureProblem, logFailure } from "../../lib/service/failure_problem.ts";
import { HttpProblem } from "../../lib/service/problem.ts";
import type { Tell } from "../../lib/text/tell.ts";

const failure = (kind: ErrorKind) => new SluiceError({ kind, action: "do", reason: "it is broken" });

/** What was logged. */
function logged(error: unknown): Parameters<Tell> {
  let line: Parameters<Tell> | undefined;
  logFailure("Cannot finish", error, (...given) => line = given, { request: "/v1/records, request 1" });
  return line!;
}

Deno.test("failureProblem() chooses the status by the kind of the failure", () => {
  const statuses = { input: 400, data: 400, model: 502, source: 503, sink: 503, cache: 503, queue: 503 };
  for (const [kind, status] of Object.entries(statuses)) {
    const problem = failureProblem(failure(kind as ErrorKind)) as HttpProblem;
    const detail = status === 503
      ? `The server's ${kind} failed; try again later`
      : "Cannot do: it is broken";
    assertEquals([problem.status, problem.message], [status, detail], kind);
    assertEquals(problem.headers, status === 503 ? { "retry-after": "30" } : {}, kind);
  }
});

Deno.test("failureProblem() recognizes a model that is down, and questions that are used up, by their class", () => {
  const down = new ModelError({
    url: "grpc://m",
    code: "UNAVAILABLE",
    failure: "retry",
    reason: "UNAVAILABLE",
  });
  assertEquals((failureProblem(down) as HttpProblem).status, 503);
  assertEquals((failureProblem(new QuestionLimitError(7)) as HttpProblem).status, 429);
});

Deno.test("failureProblem() keeps faults of the server, and what is a problem already", () => {
  const problem = new HttpProblem(413, "too large");
  for (const error of [failure("internal"), failure("settings"), new TypeError("x"), "text", problem]) {
    assertStrictEquals(failureProblem(error), error);
  }
});

Deno.test("logFailure() logs the kind, and how much it matters", () => {
  const request = "/v1/records, request 1";
  assertEquals(logged(failureProblem(failure("data"))), [
    "Cannot finish: Cannot do: it is broken",
    "info",
    { request, status: 400, kind: "data" },
  ]);
  assertEquals(logged(failureProblem(failure("model"))).slice(1), [
    "warning",
    { request, status: 502, kind: "model" },
  ]);
  // A client does not see which server it was; the log does.
  assertEquals(logged(failureProblem(failure("cache")))[0], "Cannot finish: Cannot do: it is broken");
  assertEquals(logged(new HttpProblem(504, "too slow")).slice(1), ["warning", { request, status: 504 }]);
  assertEquals(logged("broken"), ["Cannot finish: broken", "error", { request, kind: "internal" }]);
});
