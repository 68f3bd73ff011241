import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert/mod.js";
import { FakeModel } from "../fakes/model.ts";
import { fakeLevel } from "../fakes/model_behaviour.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { startSluice } from "./sluice_process.ts";

const processes = 4, maxCallQuestions = 100, callsPerSecond = 4;

Deno.test("Four coordinated processes ask each key once, at the model's rate, in full calls", async () => {
  const server = await RedisServer.start();
  if (typeof server === "string") return console.log(`skipped: ${server}`);
  await using redis = server;
  await using model = await FakeModel.start({ delayMs: 100 });
  await using folder = await Folder.create();
  const keys = await folder.write({ objects: 10, lines: 555, shared: 1_500 });
  const running = folder.processes.map((folder) => startSluice(argumentsFor(folder, redis.url, model.url)));
  const ended = await Promise.all(running.map(({ ended }) => ended));
  assertEquals(ended.map(({ status, stderr }) => [status, stderr]), ended.map(() => [0, ""]));
  await folder.hasRightLevels();
  const { calls, keysAskedTwice, questions } = model.stats();
  assertEquals([questions, keysAskedTwice], [keys, 0]);
  assertLessOrEqual(calls, Math.ceil(keys / maxCallQuestions) * 1.02 + processes);
  const at = model.calls.map(({ at }) => at);
  for (const from of at) {
    const made = at.filter((ms) => ms >= from && ms < from + 10_000).length;
    assertLessOrEqual(made, callsPerSecond * 10 + 2);
  }
});

Deno.test("A coordinated process that is killed delays the others by seconds, and no longer", async () => {
  const server = await RedisServer.start();
  if (typeof server === "string") return console.log(`skipped: ${server}`);
  await using redis = server;
  let isKilled = false;
  const reached = Promise.withResolvers<void>();
  await using model = await FakeModel.start({
    // Until the first process is killed, the model takes its time.
    fail() {
      if (isKilled) return undefined;
      reached.resolve();
      return "hang";
    },
  });
  await using folder = await Folder.create();
  const keys = await folder.write({ objects: 2, lines: 300, shared: 200, own: false });
  const [first, ...others] = folder.processes.map((folder) => argumentsFor(folder, redis.url, model.url));
  const killed = startSluice(first!);
  await reached.promise;
  const running = others.slice(0, 2).map((args) => startSluice(args));
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const hanging = model.stats().questions;
  isKilled = true;
  killed.kill("SIGKILL");
  const started = performance.now();
  const ended = await Promise.all(running.map(({ ended }) => ended));
  assertLess(performance.now() - started, 20_000);
  assertEquals(ended.map(({ status, stderr }) => [status, stderr]), ended.map(() => [0, ""]));
  assert((await killed.ended).status !== 0);
  await folder.hasRightLevels([1, 2]);
  // What the killed process had asked is asked again, once among the others.
  assertLessOrEqual(model.stats().questions, keys + hanging);
});

function argumentsFor(folder: string, redis: string, model: string): string[] {
  return [
    "run",
    ...["--from", `${folder}/in`, "--to", `${folder}/out`, "--ledger", `${folder}/ledger.db`, "--quiet"],
    ...["--cache", redis, "--fleet", redis, "--model", model],
    ...["--model-calls-per-second", `${callsPerSecond}`, "--max-call-questions", `${maxCallQuestions}`],
  ];
}

interface Written {
  /** Of each process. */
  readonly objects: number;
  readonly lines: number;
  /** Titles that come in all objects. */
  readonly shared: number;
  /** Whether a line in ten has a title of its own. */
  readonly own?: boolean;
}

/** Objects for some processes, and what became of them. */
class Folder implements AsyncDisposable {
  readonly processes: readonly string[];
  readonly #path: string;

  static async create(): Promise<Folder> {
    return new Folder(await Deno.makeTempDir({ prefix: "sluice-fleet-" }));
  }

  private constructor(path: string) {
    this.#path = path;
    this.processes = Array.from({ length: processes }, (_, i) => `${path}/${i}`);
  }

  /** Writes the objects; resolves to how many keys they have. */
  async write({ objects, lines, shared, own = true }: Written): Promise<number> {
    const titles = new Set<string>();
    for (const [process, path] of this.processes.entries()) {
      await Deno.mkdir(`${path}/in`, { recursive: true });
      for (let object = 0; object < objects; object++) {
        const records = Array.from({ length: lines }, (_, line) => {
          const place = (process * objects + object) * lines + line;
          const title = own && line % 10 === 0 ? `own ${place}` : `shared ${place * 7_919 % shared}`;
          titles.add(title);
          return `${JSON.stringify({ company: "Acme", title })}\n`;
        });
        await Deno.writeTextFile(`${path}/in/${object}.jsonl`, records.join(""));
      }
    }
    return titles.size;
  }

  async hasRightLevels(of: readonly number[] = this.processes.map((_, i) => i)): Promise<void> {
    for (const process of of) {
      const path = this.processes[process]!;
      for await (const { name } of Deno.readDir(`${path}/in`)) {
        const lines = async (folder: string) =>
          (await Deno.readTextFile(`${path}/${folder}/${name}`)).trimEnd().split("\n").map((line) =>
            JSON.parse(line)
          );
        const expected = (await lines("in")).map((record) => ({
          ...record,
          seniority: fakeLevel("Acme", record.title),
        }));
        assertEquals(await lines("out"), expected);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#path, { recursive: true });
  }
}
