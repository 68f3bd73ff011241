/**
 * A running process: takes a minute's files one after the other, as they come in, and times each from its listing to
 * its visible output. Arguments: CACHE-URL MODEL-URL. Prints {@linkcode MinuteTimes}.
 */
import process from "node:process";
import type { Answers } from "../../lib/answers/answers.ts";
import { openAnswers } from "../../lib/cli/open/open_answers.ts";
import { openParts, type Parts } from "../../lib/cli/open/open_parts.ts";
import { recipeOf } from "../../lib/cli/open/recipe_of.ts";
import type { RunConfig } from "../../lib/cli/run/run.ts";
import { runSections } from "../../lib/cli/run/run_commands.ts";
import { resolveSettings } from "../../lib/settings/resolve_settings.ts";
import { Job } from "../../lib/jobs/job.ts";
import { recipeFingerprint } from "../../lib/recipe/recipe.ts";
import { openLedger } from "../../lib/jobs/open_ledger.ts";
import { newPairs } from "./bench_data.ts";
import type { MinuteTimes } from "./minute_times.ts";
import { uniqueVersion } from "./unique_version.ts";

const [cache, model] = Deno.args as [string, string];
/** A version without stored answers. */
const modelVersion = uniqueVersion();
const signal = new AbortController().signal;

/** What `sluice run` does once it has started, with answers that stay. */
class RunningProcess {
  readonly answers: Answers;
  readonly #config: RunConfig;
  readonly #parts: Parts;
  readonly #ledger: ReturnType<typeof openLedger>;

  constructor(config: RunConfig, parts: Parts) {
    this.#config = config;
    this.#parts = parts;
    this.#ledger = openLedger(config.job.ledger, fail);
    this.answers = openAnswers({
      ...config,
      model: { ...config.model, callsPerSecond: 100_000 },
    }, {
      ...parts,
      onTrouble: fail,
      signal,
    });
  }

  static async open(prefix: string): Promise<RunningProcess> {
    const config = resolveSettings(runSections, {
      flags: {
        from: `s3://raw/${prefix}/`,
        to: `s3://mod/${crypto.randomUUID()}/`,
        cache,
        model,
        modelVersion,
      },
    });
    return new RunningProcess(
      config,
      await openParts(config, recipeOf(config), {}),
    );
  }

  async names(): Promise<string[]> {
    return (await Array.fromAsync(this.#parts.source.list(signal))).flat().map((
      { name },
    ) => name);
  }

  /** Processes objects of some names; resolves to milliseconds. */
  async take(names: readonly string[]): Promise<number> {
    const started = performance.now();
    const recipe = recipeOf(this.#config);
    const job = new Job({
      ...this.#config.records,
      maxCallBytes: this.#config.model.maxCallBytes,
      maxRejects: this.#config.destination.maxRejects,
      ...this.#parts,
      answers: this.answers,
      ledger: this.#ledger,
      recipe,
      fingerprint: await recipeFingerprint(recipe),
      include: names,
      onMessage: fail,
      stop: signal,
      signal,
    });
    await job.run();
    if (job.objects.done !== names.length) {
      fail(`${job.objects.done} of ${names.length} objects are done`);
    }
    return performance.now() - started;
  }
}

function fail(message: string): void {
  throw new Error(`Cannot time a minute's file: ${message}`);
}

const filling = await RunningProcess.open("minutes");
const names = await filling.names();
await filling.take(names);

const warmMs: number[] = [];
const warm = await RunningProcess.open("minutes");
for (const name of names) warmMs.push(await warm.take([name]));
if (warm.answers.stats().model.calls > 0) {
  fail(`${warm.answers.stats().model.calls} calls were made`);
}

const newMs: number[] = [], newCalls: number[] = [];
const withNew = await RunningProcess.open("minutes-new");
for (const name of names) {
  const before = withNew.answers.stats().model;
  newMs.push(await withNew.take([name]));
  newCalls.push(withNew.answers.stats().model.calls - before.calls);
}
const { questions } = withNew.answers.stats().model;
if (questions !== names.length * newPairs) {
  fail(`${questions} questions were asked`);
}
const times: MinuteTimes = { warmMs, newMs, newCalls };
console.log(JSON.stringify(times));
process.exit(0);
