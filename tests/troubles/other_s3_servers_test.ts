/** Servers that speak S3 and differ from it: nothing is done wrongly without a word, and `check --probe` finds it out. */
import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { type FakeAnswer, type FakeRequest, ofObjects } from "../fakes/s3_fault.ts";
import type { FakeS3, FakeS3Options } from "../fakes/s3.ts";
import { record, Scene } from "../errors/scene.ts";

const places = { from: "s3://raw/in/", to: "s3://mod/out/" };
const always = { times: Infinity };

async function scenery(options: FakeS3Options = {}): Promise<[Scene, FakeS3]> {
  const scene = await Scene.create();
  return [scene, await scene.s3(options)];
}

/** Asks, waits, and then writes: of writes at once, several find nothing there. */
function race(s3: FakeS3): void {
  s3.fault(({ headers, operation }) => operation === "PutObject" && headers.has("if-none-match"), async (
    { bucket, headers, key },
    proceed,
  ) => {
    if (s3.object(bucket, key) === undefined) headers.delete("if-none-match");
    await new Promise((resolve) => setTimeout(resolve, 20));
    return await proceed();
  }, always);
}

function ignore(s3: FakeS3, operation: FakeRequest["operation"], header: string): void {
  s3.fault(
    (request) => request.operation === operation && request.headers.has(header),
    ({ headers }, proceed) => {
      headers.delete(header);
      return proceed();
    },
    always,
  );
}

Deno.test("run finds a replaced source on a server that lists no ETags", async () => {
  const [scene, s3] = await scenery({ listsNoEtags: true });
  await using _ = scene;
  const first = await scene.run(places);
  assertEquals(first.status, 0);
  assertStringIncludes(
    first.text,
    "The server of s3://raw/in/ lists objects without ETags: each is asked for by a request of its own",
  );
  s3.put("raw", "in/a.jsonl", record("y")); // of the same size, and perhaps in the same second
  assertEquals((await scene.run(places)).status, 0);
  assertStringIncludes(await s3.text("mod", "out/a.jsonl"), '"title":"y"');
  const before = s3.requests.filter(ofObjects("PutObject")).length;
  const { figures } = await scene.figures([
    ...["run", "--quiet", "--from", places.from, "--to", places.to],
    ...["--model", "reference:", "--cache", "none:", "--ledger", `${scene.folder}/other.db`],
  ]);
  assertEquals([figures.objects.skipped, figures.objects.done], [1, 0]);
  assertEquals(s3.requests.filter(ofObjects("PutObject")).length, before);
});

Deno.test("check --probe finds a server whose conditional writes race", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  race(s3);
  const { status, text } = await scene.check(places, "--probe");
  assertEquals(status, 1);
  assertStringIncludes(
    text,
    "of 8 writes of a new object at once, 8 succeeded instead of 1; two runs at once may overwrite",
  );
  assertEquals(s3.keys("mod"), []);
});

for (
  const [operation, header, what] of [
    ["CompleteMultipartUpload", "if-match", "If-Match when an upload is completed"],
    ["CompleteMultipartUpload", "if-none-match", "If-None-Match when an upload is completed"],
    ["PutObject", "if-match", "If-Match"],
  ] as const
) {
  Deno.test(`check --probe finds a server that ignores ${header} of ${operation}`, async () => {
    const [scene, s3] = await scenery();
    await using _ = scene;
    ignore(s3, operation, header);
    const { status, text } = await scene.check(places, "--probe");
    assertEquals(status, 1);
    assertStringIncludes(text, `the server replaces objects despite ${what}; two runs at once may overwrite`);
    assertEquals([s3.keys("mod"), s3.unfinishedUploads()], [[], []]);
  });
}

Deno.test("check --probe finds nothing on a server that does as S3 does, and leaves nothing", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  assertEquals(await scene.check(places, "--probe"), { status: 0, text: "" });
  assertEquals([s3.keys("mod"), s3.unfinishedUploads()], [[], []]);
});

Deno.test("run says once that uploads are completed despite If-Match, and leaves nothing of finding out", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  s3.put("raw", "in/b.jsonl", record("y"));
  ignore(s3, "CompleteMultipartUpload", "if-match");
  const { status, text } = await scene.run(places);
  assertEquals(status, 0);
  assertEquals(text.split("completes uploads despite If-Match").length - 1, 1);
  assertEquals([s3.keys("mod"), s3.unfinishedUploads()], [["out/a.jsonl", "out/b.jsonl"], []]);
});

/** What an answer to the end of an upload may be, whose upload was completed all the same. */
const strangeAnswers: readonly [
  what: string,
  change: (answer: FakeAnswer) => Promise<FakeAnswer> | FakeAnswer,
][] = [
  ["names its root in another way", async ({ body, ...answer }) => {
    const text = (await new Response(body as BodyInit).text()).replaceAll("UploadResult", "UploadResponse");
    const bytes = new TextEncoder().encode(text);
    return { ...answer, headers: { ...answer.headers, "content-length": `${bytes.length}` }, body: bytes };
  }],
  [
    "is no answer of S3",
    (answer) => ({ ...answer, headers: { "content-length": "2" }, body: new TextEncoder().encode("ok") }),
  ],
];
for (const [what, change] of strangeAnswers) {
  Deno.test(`run leaves nothing of finding out on a server that ignores If-Match, and whose answer ${what}`, async () => {
    const [scene, s3] = await scenery();
    await using _ = scene;
    s3.fault({ operation: "CompleteMultipartUpload" }, async (request, proceed) => {
      request.headers.delete("if-match");
      return change(await proceed());
    }, { times: Infinity });
    const { status, text } = await scene.run(places);
    assertEquals(status, 0, text);
    assertEquals([s3.keys("mod"), s3.unfinishedUploads()], [["out/a.jsonl"], []]);
  });
}

Deno.test("run names an object whose output the server would take for another's, and processes the others", async () => {
  const [scene, s3] = await scenery({ foldsKeysOf: ["mod"] });
  await using _ = scene;
  for (const name of ["dir//x", "dir/x", "/y"]) s3.put("raw", `in/${name}.jsonl`, record(name));
  const model = await scene.model();
  const { status, text } = await scene.run({ ...places, model: model.url });
  assertEquals(status, 1);
  assertStringIncludes(
    text,
    "Cannot write s3://mod/out/dir//x.jsonl: its name has an empty segment, and the server takes it for dir/x.jsonl: " +
      "rename the object, or leave it out with --exclude",
  );
  assertStringIncludes(text, "s3://mod/out//y.jsonl");
  assertEquals(s3.keys("mod"), ["out/a.jsonl", "out/dir/x.jsonl"]);
  assertStringIncludes(await s3.text("mod", "out/dir/x.jsonl"), '"title":"dir/x"');
  assertEquals(model.stats().questions, 2);
  // With what the message says, the rest is done.
  const args = ["run", "--quiet", "--from", places.from, "--to", places.to, "--exclude", "**//**"];
  const more = ["--model", model.url, "--cache", "none:", "--ledger", `${scene.folder}/l.db`];
  assertEquals(await scene.sluice([...args, ...more]), { status: 0, text: "" });
});

Deno.test("run keeps names apart that differ in empty segments, where the server does", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  for (const name of ["dir//x", "dir/x"]) s3.put("raw", `in/${name}.jsonl`, record(name));
  assertEquals(await scene.run(places), { status: 0, text: "" });
  assertEquals(s3.keys("mod"), ["out/a.jsonl", "out/dir//x.jsonl", "out/dir/x.jsonl"]);
});

Deno.test("run processes every object of a server that lists folder by folder, and nothing twice", async () => {
  const [scene, s3] = await scenery({ listsByFolder: true, maxKeys: 2 });
  await using _ = scene;
  const names = ["a/x", "a/y", "a/z", "a-b", "a0/x", "b", "b/x", "b/y", "b-c", "z"];
  for (const name of names) s3.put("raw", `in/${name}.jsonl`, record(name));
  const model = await scene.model();
  const first = await scene.run({ ...places, model: model.url });
  assertEquals(first.status, 0);
  assertStringIncludes(first.text, "The server of s3://raw/in/ does not list in byte order (");
  assertEquals(s3.keys("mod").length, names.length + 1);
  s3.requests.length = 0;
  assertEquals((await scene.run({ ...places, model: model.url })).status, 0);
  assertEquals(s3.requests.filter(({ operation }) => /^(?:Put|Create)/.test(operation)), []);
  assertEquals(model.stats().questions, names.length + 1);
});

Deno.test("run ends where a server's pages repeat", async () => {
  const [scene, s3] = await scenery({ maxKeys: 1 });
  await using _ = scene;
  s3.put("raw", "in/b.jsonl", record("y"));
  s3.fault(
    ({ bucket, operation, query }) =>
      bucket === "raw" && operation === "ListObjectsV2" && !query.has("max-keys"),
    ({ query }, proceed) => {
      query.delete("continuation-token");
      return proceed();
    },
    always,
  );
  const { status, text } = await scene.run(places);
  assertEquals(status, 1);
  assertStringIncludes(text, `Cannot list s3://raw/in/: the server's pages repeat, from "in/a.jsonl" on`);
});
