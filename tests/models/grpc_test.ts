import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert/mod.js";
import { GrpcModel, type GrpcModelOptions } from "../../lib/models/grpc.ts";
import { seniorityContract } from "../../lib/seniority/contract.ts";
import { type Model, ModelError, type Question } from "../../lib/models/model.ts";
import { modelFailure } from "../../lib/models/model_failure.ts";
import { fakeLevel, FakeModel, type FakeServerOptions, faults } from "../fakes/model.ts";
import { testModel } from "./model_conformance.ts";
import { until } from "../until.ts";

const { signal } = new AbortController();
const questions: Question[] = ["CEO", "Nurse", "Clerk"].map((title, i) => ({
  id: i + 1,
  company: "Acme",
  title,
}));
const answers = questions.map(({ id, company, title }) => ({ id, value: fakeLevel(company, title) }));

/** A test of a model on a fake; both are closed afterwards. */
function testOnFake(
  name: string,
  body: (model: Model, fake: FakeModel) => Promise<void>,
  { fake = {}, model = {} }: { fake?: FakeServerOptions; model?: GrpcModelOptions } = {},
): void {
  Deno.test(name, async () => {
    await using server = await FakeModel.start(fake);
    const client = new GrpcModel(server.url, seniorityContract, model);
    try {
      await body(client, server);
    } finally {
      await client.close();
    }
  });
}

testModel("GrpcModel", async () => {
  const fake = await FakeModel.start();
  const model = new GrpcModel(fake.url, seniorityContract);
  const close = async () => {
    await model.close();
    await fake[Symbol.asyncDispose]();
  };
  return { model, level: fakeLevel, [Symbol.asyncDispose]: close };
});

testOnFake("GrpcModel.ask() sends the headers with each call", async (model, fake) => {
  await model.ask(questions, signal);
  await model.check(signal);
  for (const { metadata } of fake.calls) {
    assertEquals([metadata.authorization, metadata["x-team"]], ["Bearer a:b", "one, two"]);
    assertEquals(metadata["token-bin"], "\u0001\u0002");
  }
  assertEquals(fake.calls.map(({ questions }) => questions.length), [3, 0]);
}, { model: { headers: ["Authorization: Bearer a:b", "x-team:one, two ", "token-bin: AQI="] } });

for (const [name, fault] of Object.entries(faults)) {
  testOnFake(`GrpcModel.ask() hands on what the model said, right or wrong: ${name}`, async (model, fake) => {
    const got = await model.ask(questions, signal);
    assertEquals(got, fault([...answers], fake.calls[0]!));
  }, { fake: { fault: () => fault } });
}

testOnFake(
  "GrpcModel.ask() fails with the status, the address and what it means for later calls",
  async (model, fake) => {
    const classes = [
      ["UNAVAILABLE", "retry"],
      ["DEADLINE_EXCEEDED", "retry"],
      ["RESOURCE_EXHAUSTED", "retry"],
      ["CANCELLED", "retry"],
      ["UNAUTHENTICATED", "fatal"],
      ["PERMISSION_DENIED", "fatal"],
      ["UNIMPLEMENTED", "fatal"],
      ["INVALID_ARGUMENT", "refused"],
      ["INTERNAL", "call"],
      ["UNKNOWN", "call"],
    ] as const;
    const credentials = "give what the server asks for with --model-header";
    const advices = {
      UNAUTHENTICATED: credentials,
      PERMISSION_DENIED: credentials,
      UNIMPLEMENTED:
        "the model must serve /SeniorityModel/InferSeniority as proto/seniority.proto has it: check --model, or the server's proto",
    };
    for (const [code, failure] of classes) {
      fake.options = { fail: () => ({ code, details: "so it is" }) };
      const error = await assertRejects(() => model.ask(questions, signal), ModelError);
      const advice = advices[code as keyof typeof advices];
      assertEquals(
        [error.message, error.code, error.failure],
        [
          `Cannot ask ${fake.url}: ${code}: so it is${advice === undefined ? "" : `; ${advice}`}`,
          code,
          failure,
        ],
      );
      assert(error.cause instanceof Error);
      assertEquals(modelFailure(code), failure);
    }
    assertEquals(fake.calls.length, classes.length, "no retries of its own");
  },
);

testOnFake("GrpcModel.ask() fails as a whole where the model refuses a key", async (model) => {
  const error = await assertRejects(
    () => model.ask(questions, signal),
    ModelError,
    "cannot answer about Nurse",
  );
  assertEquals([error.code, error.failure], ["INVALID_ARGUMENT", "refused"]);
  assertEquals(await model.ask(questions.slice(0, 1), signal), answers.slice(0, 1));
}, { fake: { refuse: ({ title }) => title === "Nurse" } });

testOnFake("GrpcModel.ask() gives up at the deadline", async (model, fake) => {
  const error = await assertRejects(() => model.ask(questions, signal), ModelError);
  assertEquals([error.code, error.failure], ["DEADLINE_EXCEEDED", "retry"]);
  await until(() => fake.calls[0]?.cancelled === true);
}, { fake: { fail: () => "hang" }, model: { deadlineSeconds: 0.1 } });

testOnFake(
  "GrpcModel.ask() cancels the call when its signal is aborted, and no other call",
  async (model, fake) => {
    const stop = new AbortController();
    const hanging = model.ask(questions, stop.signal);
    await until(() => fake.calls.length === 1);
    stop.abort(new Error("enough"));
    await assertRejects(() => hanging, Error, "enough");
    assertEquals(await model.ask(questions, signal), answers);
    await until(() => fake.calls[0]!.cancelled);
  },
  { fake: { fail: ({ number }) => number === 1 ? "hang" : undefined } },
);

testOnFake("GrpcModel.close() ends calls under way", async (model, fake) => {
  const hanging = model.ask(questions, signal);
  await until(() => fake.calls.length === 1);
  await model.close();
  await assertRejects(() => hanging, ModelError, "CANCELLED");
}, { fake: { fail: () => "hang" } });

testOnFake("GrpcModel.check() does not mind that an empty call is refused", async (model) => {
  assertMatch(await model.check(signal), /^SeniorityModel answered an empty call in \d+ ms$/);
}, { fake: { fail: () => ({ code: "INVALID_ARGUMENT" }) } });

Deno.test("GrpcModel speaks over a unix socket", async () => {
  const folder = await Deno.makeTempDir();
  {
    await using fake = await FakeModel.start({ listen: `unix:${folder}/model.sock` });
    const model = new GrpcModel(fake.url, seniorityContract);
    assertEquals([model.url, await model.ask(questions, signal)], [`unix:${folder}/model.sock`, answers]);
    await model.close();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("GrpcModel refuses addresses that it cannot use, without their secrets", () => {
  const wrong = [
    "grpc://host",
    "grpc://host:0",
    "grpc://host:65536",
    "grpc://host:1/path",
    "http://host:1",
    "unix:",
  ];
  for (const url of [...wrong, "grpc://me:s3cr3t@host:1", "grpc://host:1?token=x"]) {
    const error = assertThrows(
      () => new GrpcModel(url, seniorityContract),
      Error,
      "must be grpc://HOST:PORT, grpcs://HOST:PORT",
    );
    assert(!error.message.includes("s3cr3t"), error.message);
  }
});

Deno.test("GrpcModel refuses options that it cannot use, without quoting header values", () => {
  const bytes = new TextEncoder().encode("no PEM");
  const wrong: [GrpcModelOptions, string, url?: string][] = [
    [{ deadlineSeconds: 0 }, "deadlineSeconds must be more than 0, not 0"],
    [{ deadlineSeconds: NaN }, "deadlineSeconds must be more than 0, not NaN"],
    [{ headers: ["a: b", "s3cr3t"] }, "Cannot send model header 2: it must be NAME: VALUE"],
    [
      { headers: ["x: s3cr3t\u0001"] },
      "Cannot send model header 1, x: its name or value has illegal characters",
    ],
    [{ ca: bytes }, "Cannot use certificates with model grpc://host:1: only grpcs: is TLS"],
    [{ cert: bytes }, "a client certificate and its key go together", "grpcs://host:1"],
    [
      { cert: bytes, key: bytes },
      "Cannot use the certificates for model grpcs://host:1: the key is not PEM",
      "grpcs://host:1",
    ],
  ];
  for (const [options, message, url = "grpc://host:1"] of wrong) {
    const error = assertThrows(() => new GrpcModel(url, seniorityContract, options), Error, message);
    assert(!Deno.inspect(error).includes("s3cr3t\u0001"), error.message);
  }
});

Deno.test("GrpcModel starts on no Deno whose gRPC client a model's restart aborts", async () => {
  for (const denoVersion of ["2.9.4", "2.9.5", "2.9.6"]) {
    assertThrows(
      () => new GrpcModel("grpc://host:1", seniorityContract, { denoVersion }),
      Error,
      `on Deno ${denoVersion}: `,
    );
  }
  for (const denoVersion of ["2.9.3", "2.9.7", "2.9.40", "2.10.4"]) {
    await new GrpcModel("grpc://host:1", seniorityContract, { denoVersion }).close();
  }
});
