import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";

const unfinished = /unfinished uploads/;

Deno.test("run says what is wrong with the destination, and nothing beside it", async () => {
  await using scene = await Scene.create();
  await scene.s3();
  const { stderr, status } = await scene.runStreams({ from: "s3://raw/in/", to: "s3://absent/out/" });
  assertEquals(status, 1);
  assertMatch(stderr, /NoSuchBucket/);
  assert(!unfinished.test(stderr), stderr);
  assertMatch(stderr, /^objects: .*FAILED/m);
});

Deno.test("run whose source cannot be listed says so first, and that it failed", async () => {
  await using scene = await Scene.create();
  await scene.s3();
  const { stderr, status } = await scene.runStreams({ from: "s3://absent/in/", to: "s3://mod/out/" });
  assertEquals(status, 1);
  assertMatch(stderr.split("\n")[0]!, /^Cannot list s3:\/\/absent\/in\/: 404 NoSuchBucket/);
  assertMatch(stderr, /^objects: {2}0 processed, FAILED before all were found$/m);
  assert(!unfinished.test(stderr), stderr);
});

Deno.test("run without the right to list uploads says so, if it works otherwise", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.fault({ operation: "ListMultipartUploads" }, {
    status: 403,
    code: "AccessDenied",
    message: "Access Denied",
  });
  const { stderr, status } = await scene.runStreams({ from: "s3://raw/in/", to: "s3://mod/out/" });
  assertEquals(status, 0);
  assertMatch(stderr, /^Continuing without removing unfinished uploads: .*403 AccessDenied/m);
});
