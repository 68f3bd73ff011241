import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { gunzipSync } from "node:zlib";
import { FakeModel } from "../fakes/model.ts";
import { FakeRedis } from "../fakes/redis.ts";
import { assertSameBytes, expectedOutput } from "./corpus.ts";
import { sluice } from "./sluice_process.ts";
import { objects, story } from "./run_story.ts";

Deno.test("sluice run: S3 to S3 with a Redis cache, byte by byte, and again for nothing", async () => {
  await using redis = new FakeRedis({ password: "hunter2" });
  await story(redis.url.replace("redis://", "redis://:hunter2@"));
});

Deno.test("sluice run: folder to folder with the default cache, and what a run says on the way", async () => {
  await using model = await FakeModel.start();
  const folder = await Deno.makeTempDir();
  try {
    const given = objects().filter(({ name }) => !name.includes("/"));
    await Deno.mkdir(`${folder}/in`);
    for (const { name, bytes } of given) await Deno.writeFile(`${folder}/in/${name}`, bytes);
    const args = [
      "run",
      "--from",
      "in",
      "--to",
      "out",
      "--model",
      model.url,
      "--model-calls-per-second",
      "1000",
    ];
    const { status, stdout, stderr } = await sluice([...args, "--allow-rejects"], { cwd: folder });
    assertEquals([status, stdout], [0, ""], stderr);
    assertStringIncludes(stderr, "objects:  5 processed");
    for (const { name, lines } of given) {
      const bytes = await Deno.readFile(`${folder}/out/${name}`);
      assertSameBytes(name.endsWith(".gz") ? gunzipSync(bytes) : bytes, expectedOutput(lines), name);
    }
    assert((await Deno.stat(`${folder}/.sluice/cache.db`)).isFile);
    const again = await sluice(args, { cwd: folder });
    assertEquals(again.status, 0);
    assertStringIncludes(again.stderr, "5 already done");

    const nested = await sluice([...args, "--to", "in/out"], { cwd: folder });
    assertEquals(nested.status, 1);
    assertStringIncludes(nested.stderr, "one lies in the other");
    const none = await sluice([...args, "--include", "*.parquet"], { cwd: folder });
    assertStringIncludes(none.stderr, "NOTHING TO DO");
    const noModel = await sluice(["run", "--from", "in", "--to", "out"], { cwd: folder });
    assertEquals(noModel.status, 2);
    assertStringIncludes(noModel.stderr, "made-up levels");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
