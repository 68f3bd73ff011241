/** What the model was paid for is asked again when the cache is away; `--require-cache` keeps from that. */
import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { said } from "../errors/error_text.ts";
import { Scene } from "../errors/scene.ts";
import { FakeRedis } from "../fakes/redis.ts";

/** Objects of one record each, with titles of their own. */
function writeObjects(scene: Scene, count: number): void {
  for (let i = 0; i < count; i++) {
    scene.write(`in/${String(i).padStart(3, "0")}.jsonl`, `{"company":"Acme","title":"job ${i}"}\n`);
  }
}

Deno.test("run --require-cache at a cache that cannot be reached ends with 1 before it asks anything", async () => {
  await using scene = await Scene.create();
  const model = await scene.model();
  const flags = { model: model.url, cache: `redis://127.0.0.1:${scene.unusedPort()}` };
  const without = await said(scene.run(flags));
  assertEquals([without.status, model.calls.length], [0, 1], "by default, a run goes on without its cache");
  for (const command of ["run", "warm", "watch", "serve"]) {
    const places = command === "serve"
      ? ["--listen", "127.0.0.1:0"]
      : ["--from", `${scene.folder}/in`, ...command === "warm" ? [] : ["--to", `${scene.folder}/out`]];
    const args = [command, ...places, "--model", flags.model, "--cache", flags.cache, "--require-cache"];
    const { status, text } = await said(scene.sluice(args));
    assertStringIncludes(text, "ECONNREFUSED", command);
    assertEquals([command, status, model.calls.length], [command, 1, 1]);
  }
});

Deno.test("run --require-cache asks nothing any more when the cache is lost, and keeps what it was answered", async () => {
  await using scene = await Scene.create();
  writeObjects(scene, 50);
  const redis = scene.use(new FakeRedis()), model = await scene.model();
  model.options = {
    fail: ({ number }) => {
      if (number === 1) redis.failNext("EVALSHA", "ERR the cache is broken");
      return undefined;
    },
  };
  const flags = { model: model.url, cache: redis.url, objects: "1", "model-calls-per-second": "1000" };
  const lost = await said(scene.run(flags, { env: { SLUICE_REQUIRE_CACHE: "true" } }));
  assertEquals([lost.status, model.calls.length], [1, 1], lost.text);
  assertStringIncludes(lost.text, "Nothing is asked without the cache, as requireCache is set");
  assertStringIncludes(lost.text, "Stopped asking the model: the cache is required");
  const again = await said(scene.run(flags, { env: { SLUICE_REQUIRE_CACHE: "true" } }));
  assertEquals(again, { status: 0, text: "" });
  assertEquals(model.stats().keysAskedTwice, 0);
});

Deno.test("run --require-cache without a cache that lasts is refused", async () => {
  await using scene = await Scene.create();
  for (const cache of ["none:", "memory:"]) {
    const { status, text } = await said(scene.run({ cache }, { env: { SLUICE_REQUIRE_CACHE: "true" } }));
    assertEquals([status, text], [
      2,
      `sluice: Cannot use requireCache with cache ${cache}: no answer outlives the process in it`,
    ]);
  }
});
