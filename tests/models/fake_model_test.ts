import { assertEquals, assertMatch } from "@std/assert/mod.js";
import { TextLineStream } from "@std/streams/text_line_stream.js";
import { GrpcModel } from "../../lib/models/grpc.ts";
import { seniorityContract } from "../../lib/seniority/contract.ts";
import type { Question } from "../../lib/models/model.ts";
import { fakeLevel, InProcessModel } from "../fakes/model.ts";
import { testModel } from "./model_conformance.ts";

const { signal } = new AbortController();
const questions: Question[] = ["CEO", "Nurse"].map((title, i) => ({ id: i + 1, company: "Acme", title }));

testModel("InProcessModel", () => {
  const model = new InProcessModel();
  return Promise.resolve({ model, level: fakeLevel, [Symbol.asyncDispose]: () => model.close() });
});

Deno.test("fakeLevel() spreads pairs over the seven levels", () => {
  const counts = Array(8).fill(0);
  for (let i = 0; i < 7_000; i++) counts[fakeLevel(`Company ${i % 70}`, `Title ${i}`)]++;
  assertEquals(counts.map((count) => Math.round(count / 1_000)), [0, 1, 1, 1, 1, 1, 1, 1]);
  // A key made by joining the two would give these the same level, whatever the hash.
  const pairs = Array.from({ length: 100 }, (_, i) => [fakeLevel(`${i}a`, "b"), fakeLevel(`${i}`, "ab")]);
  assertEquals(pairs.some(([one, other]) => one !== other), true);
});

Deno.test("model_main.ts serves, and prints its sums for a line of input and when it is stopped", async () => {
  const main = new URL("../fakes/model_main.ts", import.meta.url).pathname;
  const permissions = ["--no-prompt", "--allow-net", "--allow-env", "--allow-read", "--allow-sys"];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...permissions, main],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const nextLine = async () => (await lines.read()).value ?? "";
  const url = (await nextLine()).replace("listening on ", "");
  assertMatch(url, /^grpc:\/\/127\.0\.0\.1:\d+$/);

  const model = new GrpcModel(url, seniorityContract);
  const answers = questions.map(({ id, company, title }) => ({ id, value: fakeLevel(company, title) }));
  assertEquals(await model.ask(questions, signal), answers);
  await model.close();

  const stats = { calls: 1, questions: 2, keys: 2, keysAskedTwice: 0, largestBatch: 2 };
  const input = process.stdin.getWriter();
  await input.write(new TextEncoder().encode("\n"));
  assertEquals(JSON.parse(await nextLine()), stats);
  process.kill("SIGTERM");
  assertEquals(JSON.parse(await nextLine()), stats);
  assertEquals((await process.status).code, 0);
  assertEquals(await lines.read(), { done: true, value: undefined });
  await input.close().catch(() => {}); // the process has gone
});
