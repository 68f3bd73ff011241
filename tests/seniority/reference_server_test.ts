import { SluiceError } from "../../lib/errors/sluice_error.ts";
import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertRejects } from "@std/assert/mod.js";
import { GrpcModel } from "../../lib/models/grpc.ts";
import { seniorityContract } from "../../lib/seniority/contract.ts";
import { ModelError, type Question } from "../../lib/models/model.ts";
import { classify } from "../../lib/seniority/reference.ts";
import { startReferenceServer } from "../../lib/seniority/reference_server.ts";
import { testModel } from "../models/model_conformance.ts";

const { signal } = new AbortController();
const listen = "127.0.0.1:0";
const questions = (...titles: string[]): Question[] =>
  titles.map((title, i) => ({ id: i + 1, company: "Acme", title }));

testModel("GrpcModel on startReferenceServer()", async () => {
  const server = await startReferenceServer({ listen });
  const model = new GrpcModel(server.url, seniorityContract);
  const close = async () => {
    await model.close();
    await server.close();
  };
  return { model, level: classify, [Symbol.asyncDispose]: close };
});

Deno.test("startReferenceServer() gives calls their turns at its rate, the first at once", async () => {
  const server = await startReferenceServer({ listen, callsPerSecond: 20 });
  const model = new GrpcModel(server.url, seniorityContract);
  await model.check(signal); // connects; calls without questions take no turn
  const started = performance.now();
  const seconds = await Promise.all([1, 2, 3, 4].map(async (i) => {
    await model.ask(questions(`Title ${i}`), signal);
    return (performance.now() - started) / 1000;
  }));
  for (const [i, second] of seconds.toSorted((a, b) => a - b).entries()) {
    assertGreaterOrEqual(second, i / 20 - 0.005);
  }
  await model.close();
  await server.close();
});

Deno.test("startReferenceServer() refuses a batch above maxBatch, naming the numbers", async () => {
  const server = await startReferenceServer({ listen, maxBatch: 2 });
  const model = new GrpcModel(server.url, seniorityContract);
  const error = await assertRejects(
    () => model.ask(questions("a", "b", "c"), signal),
    ModelError,
    "INVALID_ARGUMENT: a call holds at most 2 questions, this one 3",
  );
  assertEquals(error.failure, "refused");
  assertEquals((await model.ask(questions("a", "b"), signal)).length, 2);
  assertEquals([server.stats.calls, server.stats.questions], [2, 2]);
  await model.close();
  await server.close();
});

Deno.test("startReferenceServer() counts calls, questions, keys, keys asked twice and the largest batch", async () => {
  const server = await startReferenceServer({ listen });
  const model = new GrpcModel(server.url, seniorityContract);
  assertEquals(server.stats, { calls: 0, questions: 0, keys: 0, keysAskedTwice: 0, largestBatch: 0 });
  for (const titles of [["a", "b", "c"], ["c"], ["c", "d"], []]) {
    await model.ask(questions(...titles), signal);
  }
  assertEquals(server.stats, { calls: 3, questions: 6, keys: 4, keysAskedTwice: 1, largestBatch: 3 });
  await model.close();
  await server.close();
});

Deno.test("startReferenceServer() closes by its signal, and lets waiting calls be answered before", async () => {
  const stop = new AbortController();
  const server = await startReferenceServer({ listen, callsPerSecond: 10, signal: stop.signal });
  const model = new GrpcModel(server.url, seniorityContract);
  await model.ask(questions("a"), signal);
  const waiting = model.ask(questions("CEO"), signal);
  while (server.stats.calls < 2) await new Promise((resolve) => setTimeout(resolve));
  stop.abort();
  assertEquals(await waiting, [{ id: 1, value: 7 }]);
  await server.finished;
  await server.close();
  await model.close();
});

Deno.test("startReferenceServer() leaves nothing behind of a call that is given up", async () => {
  const server = await startReferenceServer({ listen, callsPerSecond: 0.01 });
  const model = new GrpcModel(server.url, seniorityContract);
  await model.ask(questions("a"), signal);
  const givenUp = new AbortController();
  const waiting = model.ask(questions("b"), givenUp.signal);
  while (server.stats.calls < 2) await new Promise((resolve) => setTimeout(resolve));
  givenUp.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  await model.close();
  const started = performance.now();
  await server.close();
  assertLess(performance.now() - started, 1_000);
});

Deno.test("startReferenceServer() listens on a unix socket", async () => {
  const folder = await Deno.makeTempDir();
  const server = await startReferenceServer({ listen: `unix:${folder}/model.sock` });
  assertEquals([server.address, server.url], [`unix:${folder}/model.sock`, `unix:${folder}/model.sock`]);
  const model = new GrpcModel(server.url, seniorityContract);
  assertEquals(await model.ask(questions("CEO", "Intern"), signal), [{ id: 1, value: 7 }, {
    id: 2,
    value: 1,
  }]);
  await model.close();
  await server.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("startReferenceServer() says what is wrong with its options", async () => {
  for (const listen of ["", "50051", "127.0.0.1", "host:70000", "unix:", "grpc://127.0.0.1:0", "::1:0"]) {
    await assertRejects(() => startReferenceServer({ listen }), Error, "must be HOST:PORT or unix:PATH");
  }
  await assertRejects(
    () => startReferenceServer({ listen, maxBatch: 0 }),
    SluiceError,
    "maxBatch must be 1 or more, not 0",
  );
  await assertRejects(
    () => startReferenceServer({ listen, callsPerSecond: 0 }),
    SluiceError,
    "callsPerSecond must be more than 0, not 0",
  );
  const server = await startReferenceServer({ listen });
  assert(/^127\.0\.0\.1:[1-9]\d+$/.test(server.address), server.address);
  await assertRejects(
    () => startReferenceServer({ listen: server.address }),
    Error,
    `Cannot listen on ${server.address}: `,
  );
  await server.close();
});
