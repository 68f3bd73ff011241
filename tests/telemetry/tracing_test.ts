import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { maxCallLinks } from "../../lib/telemetry/tracing.ts";
import { FakeModel, type FakeServerOptions } from "../fakes/model.ts";
import { type CollectedSpan, OtlpCollector } from "../fakes/otlp_collector.ts";
import { sluice, startSluice } from "../story/sluice_process.ts";
import { until } from "../until.ts";

/** Stands in all that no span may hold: companies, titles, tokens and headers. */
const mark = "s3cret";
const header = `authorization: Bearer ${mark}`;
const traceparent = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/;

/** A folder with objects, a model and a collector, while a test lasts. */
class Scene implements AsyncDisposable {
  readonly collector = new OtlpCollector();
  readonly #stack = new AsyncDisposableStack();

  private constructor(readonly model: FakeModel, readonly folder: string) {
    this.#stack.use(this.collector);
    this.#stack.use(model);
    this.#stack.defer(() => Deno.remove(folder, { recursive: true }));
  }

  static async open(
    objects: Readonly<Record<string, readonly string[]>>,
    options: FakeServerOptions = {},
  ): Promise<Scene> {
    const folder = await Deno.makeTempDir();
    await Deno.mkdir(`${folder}/in`);
    for (const [name, lines] of Object.entries(objects)) {
      await Deno.writeTextFile(
        `${folder}/in/${name}`,
        lines.map((line) => `${line}\n`).join(""),
      );
    }
    return new Scene(await FakeModel.start(options), folder);
  }

  /** The flags of every command for the model. */
  get modelArgs(): string[] {
    return [
      "--model",
      this.model.url,
      "--model-header",
      header,
      "--model-calls-per-second",
      "1000",
    ];
  }

  run(windowRecords: number, env = this.collector.env) {
    const args = [
      "--from",
      "in",
      "--to",
      "out",
      "--window-records",
      String(windowRecords),
    ];
    return sluice(["run", ...args, ...this.modelArgs], {
      env,
      cwd: this.folder,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Records with titles of their own. */
function linesOf(count: number, name: string): string[] {
  return Array.from(
    { length: count },
    (_, i) => JSON.stringify({ company: `${mark} ${name}`, title: `${mark} ${i}` }),
  );
}

const unanswered = `${mark}, not answered`;

/** Leaves out the answer to one title. */
const leavesOut: FakeServerOptions = {
  fault: () => (answers, { questions }) =>
    answers.filter(({ id }) => questions[id - 1]!.title !== unanswered),
};

function assertClean({ text }: OtlpCollector): void {
  assert(
    !text.includes(mark),
    text.slice(Math.max(0, text.indexOf(mark) - 300)).slice(0, 600),
  );
}

const idOf = (
  { traceId, spanId }: { readonly traceId: string; readonly spanId: string },
) => `${traceId}/${spanId}`;
const parentOf = ({ traceId, parentSpanId }: CollectedSpan) => `${traceId}/${parentSpanId}`;

Deno.test("sluice run has a span for each object and each batch, batches being children of their object", async () => {
  await using scene = await Scene.open({
    "a.jsonl": linesOf(40, "a"),
    "b.jsonl": [...linesOf(25, "b"), "no json"],
    "rejects.jsonl": new Array(100).fill(`no json, ${mark}`),
    "unanswered.jsonl": [JSON.stringify({ company: mark, title: unanswered })],
  }, leavesOut);
  const { status, stderr } = await scene.run(10);
  assertEquals(status, 1, stderr);
  assert(stderr.includes(unanswered), "the message says which question it is");

  const { collector, model } = scene;
  const objects = collector.named("process object");
  const shown = objects.map(({ attributes, error, parentSpanId }) => ({
    name: attributes["sluice.object.name"],
    outcome: attributes["sluice.outcome"],
    in: attributes["sluice.records.in"],
    rejected: attributes["sluice.records.rejected"],
    asked: attributes["sluice.keys.asked"],
    passes: attributes["sluice.passes"],
    type: attributes["error.type"],
    error,
    parentSpanId,
  })).sort((x, y) => x.name! < y.name! ? -1 : 1);
  const done = {
    outcome: "done",
    passes: 1,
    type: undefined,
    error: undefined,
    parentSpanId: "",
  };
  const failed = { ...done, outcome: "failed" };
  assertEquals(shown, [
    { ...done, name: "a.jsonl", in: 40, rejected: 0, asked: 40 },
    { ...done, name: "b.jsonl", in: 26, rejected: 1, asked: 25 },
    {
      ...failed,
      name: "rejects.jsonl",
      in: 100,
      rejected: 100,
      asked: 0,
      type: "TooManyRejectsError",
      error: `Cannot finish file://${await Deno.realPath(
        scene.folder,
      )}/in/rejects.jsonl: ` +
        "100 of 100 records are rejects (100 invalid_json); maxRejects is 50%, only 100% lets it pass; " +
        "it looks like CSV: --format csv reads it",
    },
    {
      ...failed,
      name: "unanswered.jsonl",
      in: 1,
      rejected: 0,
      asked: 1,
      type: "QuotingError",
      error: `Cannot get an answer from ${model.url}: its answer was missing in 3 calls`,
    },
  ]);
  const a = objects.find(({ attributes }) => attributes["sluice.object.name"] === "a.jsonl")!;
  const file = await Deno.stat(`${scene.folder}/in/a.jsonl`);
  assertEquals([
    a.attributes["sluice.object.bytes"],
    a.attributes["sluice.bytes.in"],
  ], [
    file.size,
    file.size,
  ]);

  const batches = collector.named("answer batch");
  const objectIds = new Set(objects.map(idOf));
  for (const batch of batches) {
    assert(objectIds.has(parentOf(batch)), "each batch is of an object");
  }
  const ofA = batches.filter((batch) => parentOf(batch) === idOf(a));
  const [seen, records, asked, local] = [
    "keys.seen",
    "batch.records",
    "keys.asked",
    "keys.local",
  ].map((
    name,
  ) => ofA.map(({ attributes }) => attributes[`sluice.${name}`]));
  assertEquals([seen, records, asked], [[10, 10, 10, 10], [10, 10, 10, 10], [
    10,
    10,
    10,
    10,
  ]]);
  assertEquals(local, [0, 0, 0, 0]);
  assertEquals(
    batches.map(({ error }) => error).filter((error) => error !== undefined),
    [`Cannot get an answer from ${model.url}: its answer was missing in 3 calls`],
  );
  assertClean(collector);
});

Deno.test("sluice run has a span for each call, whose traceparent the model gets, with links to its batches", async () => {
  await using scene = await Scene.open({
    "a.jsonl": linesOf(40, "a"),
    "b.jsonl": linesOf(25, "b"),
    "unanswered.jsonl": [JSON.stringify({ company: mark, title: unanswered })],
  }, leavesOut);
  const { stderr } = await scene.run(10);

  const { collector, model } = scene;
  const batches = collector.named("answer batch"),
    calls = collector.named("ask model");
  const answered = new Set<string>();
  for (const call of calls) {
    const { attributes, kind, links, parentSpanId } = call;
    const isChild = attributes["sluice.call.batches"] === 1;
    assertEquals(
      [links.length, parentSpanId !== ""],
      isChild ? [0, true] : [
        attributes["sluice.call.batches"],
        false,
      ],
    );
    for (const batch of isChild ? [parentOf(call)] : links.map(idOf)) {
      answered.add(batch);
    }
    const { hostname, port } = new URL(model.url.replace("grpc:", "http:"));
    assertEquals(
      [
        kind,
        attributes["rpc.system"],
        attributes["rpc.service"],
        attributes["rpc.method"],
      ],
      [3, "grpc", "SeniorityModel", "InferSeniority"],
    );
    assertEquals(
      [
        attributes["server.address"],
        attributes["server.port"],
        attributes["rpc.grpc.status_code"],
      ],
      [hostname, Number(port), 0],
    );
  }
  assertEquals(answered, new Set(batches.map(idOf)), stderr);
  assert(
    calls.some(({ links }) => links.length > 1),
    "a call of several batches",
  );
  assert(
    calls.some(({ links }) => links.length === 0),
    "the question that is asked again, alone",
  );

  const received = model.calls.map(({ metadata, questions }) => {
    const [, traceId, spanId] = traceparent.exec(metadata.traceparent ?? "") ??
      [];
    assertEquals(metadata.authorization, `Bearer ${mark}`);
    return `${traceId}/${spanId} ${questions.length}`;
  });
  assertEquals(
    received.sort(),
    calls.map((call) => `${idOf(call)} ${call.attributes["sluice.call.questions"]}`).sort(),
  );
  assertClean(collector);
});

Deno.test("sluice run has a span for each attempt, which says how it failed but not in the model's words", async () => {
  await using scene = await Scene.open({ "a.jsonl": linesOf(1, "a") }, {
    fail: ({ number }) => number === 1 ? { code: "UNAVAILABLE", details: mark } : undefined,
  });
  const { status, stderr } = await scene.run(10);
  assertEquals(status, 0, stderr);
  assertEquals(
    scene.collector.named("ask model").map(({ attributes, error }) => [
      attributes["sluice.call.attempt"],
      attributes["rpc.grpc.status_code"],
      attributes["error.type"],
      error,
    ]),
    [[1, 14, "UNAVAILABLE", "Cannot ask the model: UNAVAILABLE"], [
      2,
      0,
      undefined,
      undefined,
    ]],
  );
  assertClean(scene.collector);
});

Deno.test("startCallSpan() has no more links than maxCallLinks, and says of how many batches it is", async () => {
  await using scene = await Scene.open({
    "a.jsonl": linesOf(maxCallLinks + 20, "a"),
  });
  const { status, stderr } = await scene.run(1);
  assertEquals(status, 0, stderr);
  const calls = scene.collector.named("ask model");
  assertEquals(
    calls.map((
      { attributes, links },
    ) => [attributes["sluice.call.batches"], links.length]),
    [[maxCallLinks + 20, maxCallLinks]],
  );
});

Deno.test("sluice run sends nothing to a collector, and no traceparent, without OTEL_DENO", async () => {
  await using scene = await Scene.open({ "a.jsonl": linesOf(40, "a") });
  const { status, stderr } = await scene.run(10, scene.collector.addressEnv);
  assertEquals(status, 0, stderr);
  assertEquals(scene.collector.text, "");
  assertEquals(
    scene.model.calls.map(({ metadata }) => "traceparent" in metadata),
    [false],
  );
});

Deno.test("sluice run ends with its status when there is no collector", async () => {
  await using scene = await Scene.open({ "a.jsonl": linesOf(40, "a") });
  const { status, stderr } = await scene.run(10, {
    ...scene.collector.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${freePort()}`,
  });
  assertEquals(status, 0, stderr);
});

Deno.test("sluice serve continues the trace of a request, down to the model", async () => {
  await using scene = await Scene.open({});
  const { collector, folder, model } = scene;
  const url = `http://127.0.0.1:${freePort()}`;
  const service = startSluice([
    "serve",
    "--listen",
    url.slice("http://".length),
    ...scene.modelArgs,
  ], {
    env: { ...collector.env, SLUICE_TOKEN: mark },
    cwd: folder,
  });
  const traces = {
    "/v1/records": "0af7651916cd43dd8448eb211c80319c",
    "/v1/answers": "4bf92f3577b34da6a3ce929d0e0e4736",
  };
  const parent = "b7ad6b7169203331";
  try {
    await until(async () => {
      await (await fetch(`${url}/v1/openapi.json`)).body?.cancel();
      return true;
    }, { what: "the server listens" });
    const post = async (
      path: keyof typeof traces,
      type: string,
      body: string,
    ) => {
      const response = await fetch(url + path, {
        method: "POST",
        body,
        headers: {
          "content-type": type,
          authorization: `Bearer ${mark}`,
          traceparent: `00-${traces[path]}-${parent}-01`,
        },
      });
      assertEquals(response.status, 200, await response.text());
    };
    await post(
      "/v1/records",
      "application/x-ndjson",
      linesOf(5, "r").map((line) => `${line}\n`).join(""),
    );
    await post(
      "/v1/answers",
      "application/json",
      JSON.stringify({ keys: [{ company: mark, title: mark }] }),
    );
  } finally {
    service.kill("SIGTERM");
    const { status, stderr } = await service.ended;
    assertEquals(status, 0, stderr);
  }

  for (const [path, traceId] of Object.entries(traces)) {
    const only = (name: string) => {
      const found = collector.named(name).filter((span) => span.traceId === traceId);
      assertEquals(found.length, 1, `${name} of ${path}`);
      return found[0]!;
    };
    const request = only(`POST ${path}`);
    const batch = only("answer batch"), call = only("ask model");
    assertEquals([request.parentSpanId, request.attributes["http.route"]], [
      parent,
      path,
    ]);
    assertEquals([batch, call].map(parentOf), [request, batch].map(idOf));
    assertEquals(
      [
        request.attributes["sluice.outcome"],
        request.attributes["sluice.keys.asked"],
      ],
      ["done", path === "/v1/records" ? 5 : 1],
    );
    const sent = model.calls.map(({ metadata }) => metadata.traceparent ?? "");
    assertEquals(
      sent.filter((value) => value === `00-${traceId}-${call.spanId}-01`)
        .length,
      1,
    );
    for (const value of sent) assertMatch(value, traceparent);
  }
  assertClean(collector);
});

/** A port that nothing listens on. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
