import { levelRange } from "../../lib/seniority/level_range.ts";
import { type Model, ModelError, type Question, type RawAnswer } from "../../lib/models/model.ts";
import { modelFailure } from "../../lib/models/model_failure.ts";
import { FakeBehaviour, type FakeModelOptions } from "./model_behaviour.ts";

/** The fake without gRPC, for fast tests of what stands in front of a model. Uses Web APIs only. */
export class InProcessModel extends FakeBehaviour implements Model {
  readonly url = "fake:";
  readonly range = levelRange;

  constructor(options: FakeModelOptions = {}) {
    super(options);
  }

  async ask(questions: readonly Question[], signal: AbortSignal): Promise<readonly RawAnswer[]> {
    const reply = await this.reply(questions, {}, signal);
    if (Array.isArray(reply)) return reply;
    const { code, details = "on demand" } = reply;
    throw new ModelError({
      url: this.url,
      code,
      failure: modelFailure(code, details),
      reason: `${code}: ${details}`,
    });
  }

  check(signal: AbortSignal): Promise<string> {
    return signal.aborted ? Promise.reject(signal.reason) : Promise.resolve("fake model in process");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
