/** Stopping a command that runs until it is stopped is no failure: a scheduler that reads exit statuses and logs sees none. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";
import { until } from "../until.ts";

/** Flags of a watch of the scene's folder. */
const watching = (scene: Scene, modelUrl: string) => [
  ...["watch", "--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--model", modelUrl],
  ...["--cache", "none:", "--ledger", `${scene.folder}/state/ledger.db`, "--listen", "127.0.0.1:0"],
  ...["--linger", "0s", "--log-format", "json"],
];

Deno.test("sluice watch ends with 0 when it is stopped, and logs no error", async () => {
  await using scene = await Scene.create();
  const model = await scene.model();
  const stop = until(() => model.calls.length > 0);
  const { status, text } = await scene.sluice(watching(scene, model.url), { stop });
  assertEquals(status, 0, text);
  assert(!/"level":"ERROR"/.test(text), text);
  assertStringIncludes(text, "Stopped: 1 object processed, 0 failed");
});

Deno.test("sluice watch ends with the signal's status when work in flight is not finished in time", async () => {
  await using scene = await Scene.create();
  const model = await scene.model({ delayMs: 5_000 });
  const stop = until(() => model.calls.length > 0);
  const { status, text } = await scene.sluice([...watching(scene, model.url), "--grace", "0s"], { stop });
  assertEquals(status, 143, text);
  assertStringIncludes(text, "objects in flight are left to the next watch");
});

Deno.test("sluice watch, serve and reference-model end with 0 when they are stopped at once", async () => {
  await using scene = await Scene.create();
  const model = await scene.model();
  const serve = ["serve", "--model", model.url, "--cache", "none:", "--listen", "127.0.0.1:0"];
  const reference = ["reference-model", "--listen", "127.0.0.1:0"];
  for (const args of [watching(scene, model.url), serve, reference]) {
    const { status, text } = await scene.sluice(args, { stop: Promise.resolve() });
    assertEquals(status, 0, `${args[0]}: ${text}`);
    assert(!/"level":"ERROR"|sluice: /.test(text), text);
  }
});

Deno.test("sluice run ends with the signal's status: objects are left to the next run", async () => {
  await using scene = await Scene.create();
  const model = await scene.model({ delayMs: 5_000 });
  const stop = until(() => model.calls.length > 0);
  const { status, text } = await scene.run({ model: model.url, grace: "0s" }, { stop });
  assertEquals(status, 143, text);
});
