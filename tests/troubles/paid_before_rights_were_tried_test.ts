/** What may not be written is found out before the first question is asked, and said with the right that is missing. */
import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import type { FakeModel } from "../fakes/model.ts";
import { type FakeRequest, ofObjects } from "../fakes/s3_fault.ts";
import type { FakeS3 } from "../fakes/s3.ts";
import { record, Scene } from "../errors/scene.ts";

const denied = { status: 403, code: "AccessDenied", message: "Access Denied" };
const always = { times: Infinity };
const places = { from: "s3://raw/in/", to: "s3://mod/out/" };

async function scenery(): Promise<[Scene, FakeS3, FakeModel]> {
  const scene = await Scene.create();
  const s3 = await scene.s3();
  for (let i = 0; i < 8; i++) s3.put("raw", `in/${i}.jsonl`, record(`title ${i}`));
  return [scene, s3, await scene.model()];
}

function isWrite({ bucket, operation }: FakeRequest): boolean {
  return bucket === "mod" && /^(?:Put|CreateMultipart|Upload|Complete)/.test(operation);
}

Deno.test("run asks nothing with a key that may only read, and ends with the right that is missing", async () => {
  const [scene, s3, model] = await scenery();
  await using _ = scene;
  s3.fault(isWrite, denied, always);
  assertEquals(await scene.run({ ...places, model: model.url }), {
    status: 1,
    text:
      "Cannot write to s3://mod/out/: 403 AccessDenied: Access Denied; the credentials need the right s3:PutObject\n" +
      "Stopped: 9 objects found so far are left to the next run",
  });
  assertEquals(model.stats().questions, 0);
});

Deno.test("run asks nothing where the destination's folder cannot be created", async () => {
  await using scene = await Scene.create();
  const model = await scene.model();
  await Deno.symlink(`${scene.folder}/nowhere/at/all`, `${scene.folder}/out`);
  const { status, text } = await scene.run({ model: model.url });
  assertEquals(status, 1);
  assertStringIncludes(text, `Cannot write to ${scene.folder}/out: `);
  assertEquals(model.stats().questions, 0);
});

Deno.test("run tries its rights once, and leaves nothing of that", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  assertEquals(await scene.run(places), { status: 0, text: "" });
  assertEquals([s3.count("CreateMultipartUpload"), s3.unfinishedUploads()], [1, []]);
  assertEquals(s3.keys("mod").filter((key) => key.includes("probe")), []);
  s3.requests.length = 0;
  // Nothing is to be processed: nothing is tried.
  assertEquals(await scene.run(places), { status: 0, text: "" });
  assertEquals(s3.requests.filter(isWrite), []);
});

Deno.test("run says that it may not remove unfinished uploads, and continues", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  s3.fault({ operation: "AbortMultipartUpload" }, denied, always);
  const { status, text } = await scene.run(places);
  assertEquals(status, 0);
  assertStringIncludes(text, "Continuing without removing unfinished uploads, one of which is left: ");
  assertStringIncludes(
    text,
    "403 AccessDenied: Access Denied; the credentials need the right s3:AbortMultipartUpload",
  );
});

Deno.test("run needs no right to delete where there are no rejects to remove", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  s3.fault({ operation: "DeleteObject" }, denied, always);
  assertEquals(await scene.run(places), { status: 0, text: "" });
});

Deno.test("run writes to a server that has no uploads in parts", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  s3.fault({ operation: "CreateMultipartUpload" }, { status: 501, code: "NotImplemented" }, always);
  scene.hurry(100);
  assertEquals((await scene.run(places)).status, 0);
  assertEquals(s3.keys("mod").length, 9);
});

const steps: readonly (readonly [right: string, operations: RegExp])[] = [
  ["s3:PutObject", /^(?:PutObject|CreateMultipartUpload|UploadPart|CompleteMultipartUpload)$/],
  ["s3:DeleteObject", /^DeleteObject$/],
  ["s3:AbortMultipartUpload", /^AbortMultipartUpload$/],
  ["s3:ListBucketMultipartUploads", /^ListMultipartUploads$/],
];

for (const [right, operations] of steps) {
  Deno.test(`check --probe names ${right}, if that is missing, and leaves no object`, async () => {
    const [scene, s3] = await scenery();
    await using _ = scene;
    s3.fault(({ bucket, operation }) => bucket === "mod" && operations.test(operation), denied, always);
    const { status, text } = await scene.check(places, "--probe");
    assertEquals(status, 1);
    assertStringIncludes(text, `the credentials need the right ${right}`);
    const others = steps.filter(([other]) => other !== right && text.includes(`need the right ${other}`));
    assertEquals(others, []);
    assertEquals(s3.keys("mod"), []);
  });
}

Deno.test("check --probe names all rights that are missing at once", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  s3.fault(({ operation }) => /^(?:Delete|Abort|ListMultipart)/.test(operation), denied, always);
  const { text } = await scene.check(places, "--probe");
  for (const [right] of steps.slice(1)) assertStringIncludes(text, `the credentials need the right ${right}`);
});

Deno.test("run loses nothing to an object whose own write is refused", async () => {
  const [scene, s3] = await scenery();
  await using _ = scene;
  s3.fault((request) => ofObjects("PutObject")(request) && request.key.endsWith("/3.jsonl"), denied, always);
  const { status, text } = await scene.run(places);
  assertEquals(status, 1);
  assertStringIncludes(text, "Cannot finish s3://raw/in/3.jsonl");
  assertEquals(s3.keys("mod").length, 8);
});
