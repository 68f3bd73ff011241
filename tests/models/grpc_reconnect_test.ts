import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { GrpcModel } from "../../lib/models/grpc.ts";
import { seniorityContract } from "../../lib/seniority/contract.ts";
import { type Model, ModelError, type Question } from "../../lib/models/model.ts";
import { fakeLevel, FakeModel, type FakeServerOptions } from "../fakes/model.ts";
import { until } from "../until.ts";

const { signal } = new AbortController();
const questions: Question[] = ["CEO", "Nurse", "Clerk"].map((title, i) => ({
  id: i + 1,
  company: "Acme",
  title,
}));
const answers = questions.map(({ id, company, title }) => ({ id, value: fakeLevel(company, title) }));
const pem = (name: string) => Deno.readFileSync(new URL(`../testdata/tls/${name}`, import.meta.url));
const [ca, cert, key] = [pem("ca.pem"), pem("server.pem"), pem("server.key")];

/**
 * A test of a model that loses its connection, or gets none. The library's timer for the next attempt (it keeps no
 * process alive) outlives its client and cannot be stopped, so these stand in a file of their own, without the check
 * for timers.
 */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

/** Asks once, and closes. */
async function askOnce(model: Model): Promise<unknown> {
  try {
    return await model.ask(questions, signal);
  } finally {
    await model.close();
  }
}

async function withFake(
  options: FakeServerOptions,
  body: (model: Model, fake: FakeModel) => Promise<void>,
): Promise<void> {
  await using fake = await FakeModel.start(options);
  const model = new GrpcModel(fake.url, seniorityContract);
  try {
    await body(model, fake);
  } finally {
    await model.close();
  }
}

test("GrpcModel.check() says who cannot be reached", () =>
  withFake({}, async (model, fake) => {
    await fake[Symbol.asyncDispose]();
    await assertRejects(() => model.check(signal), ModelError, `Cannot ask ${fake.url}: UNAVAILABLE: `);
  }));

test("GrpcModel.ask() outlives a model that goes away, ten times over", () =>
  withFake({ delayMs: 5 }, async (model, fake) => {
    for (let round = 0; round < 10; round++) {
      const underWay = [1, 2, 3].map(() => model.ask(questions, signal));
      await until(() => fake.calls.length === 4 * round + 3);
      fake.goAway(1_000);
      assertEquals(await Promise.all(underWay), [answers, answers, answers]);
      assertEquals(await model.ask(questions, signal), answers);
    }
    assertEquals(fake.calls.length, 40);
  }));

test("GrpcModel.ask() reaches a model that has come back", () =>
  withFake({}, async (model, fake) => {
    assertEquals(await model.ask(questions, signal), answers);
    await fake[Symbol.asyncDispose]();
    await assertRejects(() => model.ask(questions, signal), ModelError, "UNAVAILABLE");
    await using again = await FakeModel.start({ listen: fake.url.slice("grpc://".length) });
    const started = performance.now();
    let got: unknown;
    while (!got && performance.now() - started < 5_000) {
      got = await model.ask(questions, signal).catch(() => undefined);
    }
    assertEquals(got, answers);
    assertEquals(again.stats().keys, 3);
  }));

test("GrpcModel speaks TLS, by name and by address", async () => {
  await using fake = await FakeModel.start({ tls: { cert, key } });
  for (const url of [fake.url, fake.url.replace("127.0.0.1", "localhost")]) {
    assertEquals(await askOnce(new GrpcModel(url, seniorityContract, { ca })), answers);
  }
});

test("GrpcModel shows its certificate where one is asked for", async () => {
  await using fake = await FakeModel.start({ tls: { cert, key, ca } });
  const shown = { cert: pem("client.pem"), key: pem("client.key") };
  assertEquals(await askOnce(new GrpcModel(fake.url, seniorityContract, { ca, ...shown })), answers);
  await assertRejects(
    () => askOnce(new GrpcModel(fake.url, seniorityContract, { ca })),
    ModelError,
    "UNAVAILABLE",
  );
  assertEquals(fake.calls.length, 1);
});

test("GrpcModel asks no server whose certificate is unknown, for another address, or missing", async () => {
  await using fake = await FakeModel.start({ listen: "0.0.0.0:0", tls: { cert, key } });
  await using plain = await FakeModel.start();
  const port = fake.url.split(":").at(-1);
  const wrong: [Model, string][] = [
    [
      new GrpcModel(`grpcs://localhost:${port}`, seniorityContract),
      `if the certificate of localhost:${port} comes from a private authority, name that with --model-ca PATH`,
    ],
    [
      new GrpcModel(`grpcs://127.0.0.2:${port}`, seniorityContract, { ca }),
      "127.0.0.2 is not in the cert's list",
    ],
    [new GrpcModel(plain.url.replace("grpc:", "grpcs:"), seniorityContract, { ca }), "UNAVAILABLE"],
  ];
  for (const [model, message] of wrong) await assertRejects(() => askOnce(model), ModelError, message);
  assertEquals([fake.calls.length, plain.calls.length], [0, 0]);
});

test("GrpcModel does not speak plain gRPC to a server that requires TLS", async () => {
  await using fake = await FakeModel.start({ tls: { cert, key } });
  await assertRejects(
    () => askOnce(new GrpcModel(fake.url.replace("grpcs:", "grpc:"), seniorityContract)),
    ModelError,
    "UNAVAILABLE",
  );
});
