import * as v from "valibot";
import type { Answers } from "../answers/answers.ts";
import { askKeys } from "../answers/ask_keys.ts";
import { questionOverheadBytes } from "../answers/question_queue.ts";
import { type Recipe, recipeKey } from "../recipe/recipe.ts";
import { count } from "../text/format.ts";
import { schemaProblem } from "../text/schema_problem.ts";
import { failSpan, startRequestSpan } from "../telemetry/tracing.ts";
import { failureProblem } from "./failure_problem.ts";
import type { Route } from "./http_server.ts";
import { IncomingBody } from "./incoming_body.ts";
import { HttpProblem } from "./problem.ts";
import type { RequestDesk } from "./request_desk.ts";

export interface AnswersRouteOptions {
  readonly answers: Answers;
  readonly recipe: Recipe;
  readonly desk: RequestDesk;
  readonly maxCallBytes: number;
  readonly minBodyRate: number;
  /** Called with how many keys of a request were answered, duplicates included, and how many the model rejects. */
  readonly onAnswered: (answered: number, refused: number) => void;
}

/** Keys in a request, and its bytes, at most. */
export const maxKeys = 10_000, maxAnswersBodyBytes = 8 * 1024 ** 2;

const body = v.object({
  keys: v.pipe(
    v.array(v.object({ company: v.string(), title: v.string() })),
    v.check((keys) => keys.length <= maxKeys, `has more than ${count(maxKeys)} elements`),
  ),
});

/**
 * `POST /v1/answers`: `{"keys":[{"company":…,"title":…},…]}` to `{"answers":[3,…]}`, in the keys' order; `null` if
 * the model rejects the question. A request counts towards `maxRequests` once its body is complete.
 */
export function answersRoute(
  { answers, recipe, desk, maxCallBytes, minBodyRate, onAnswered }: AnswersRouteOptions,
): Route {
  return {
    async handle(request) {
      checkType(request);
      const incoming = new IncomingBody(request, {
        maxBodyBytes: maxAnswersBodyBytes,
        advice: `send fewer keys, at most ${count(maxKeys)}`,
        minBodyRate,
        desk,
      });
      const { keys, slots } = keysOf(await incoming.bytes(), recipe, maxCallBytes - questionOverheadBytes);
      const admission = desk.admit(request);
      const span = startRequestSpan(request);
      let hasFailed = true;
      try {
        const known = await askKeys(answers, keys, admission.signal, { span });
        hasFailed = false;
        const numbers = slots.map((slot) => known[slot] === "refused" ? null : known[slot]);
        const refused = numbers.filter((number) => number === null).length;
        onAnswered(numbers.length - refused, refused);
        return new Response(`${JSON.stringify({ answers: numbers })}\n`, {
          headers: { "content-type": "application/json" },
        });
      } catch (error) {
        failSpan(span, error);
        throw failureProblem(error);
      } finally {
        span.setAttribute("sluice.outcome", hasFailed ? "failed" : "done").end();
        admission.end(hasFailed);
      }
    },
  };
}

function checkType(request: Request): void {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type === "application/json") return;
  throw new HttpProblem(
    415,
    `/v1/answers accepts application/json, not ${type || "a body without content-type"}`,
  );
}

/** The distinct keys, and for each key of the body its index among them. */
function keysOf(
  bytes: Uint8Array,
  recipe: Recipe,
  maxKeyBytes: number,
): { keys: string[]; slots: number[] } {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new HttpProblem(400, `The body is not JSON: ${(error as Error).message}`);
  }
  const checked = v.safeParse(body, given);
  if (!checked.success) {
    throw new HttpProblem(
      400,
      `The body is not {"keys":[{"company":TEXT,"title":TEXT},…]}: ${schemaProblem(checked.issues[0])}`,
    );
  }
  const slotOf = new Map<string, number>();
  const slots = checked.output.keys.map(({ company, title }, index) => {
    if (!company.isWellFormed() || !title.isWellFormed()) {
      throw new HttpProblem(400, `keys.${index} has a lone surrogate`);
    }
    const key = recipeKey(company, title, recipe);
    if (key.length * 3 > maxKeyBytes && new TextEncoder().encode(key).length > maxKeyBytes) {
      throw new HttpProblem(400, `keys.${index} is too large for a call`);
    }
    let slot = slotOf.get(key);
    if (slot === undefined) slotOf.set(key, slot = slotOf.size);
    return slot;
  });
  return { keys: [...slotOf.keys()], slots };
}
