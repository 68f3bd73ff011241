/** `--require-cache` in what goes on when the cache is back: it is tried again every few seconds. */
import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { said } from "../errors/error_text.ts";
import { Scene } from "../errors/scene.ts";
import { FakeRedis } from "../fakes/redis.ts";
import { until } from "../until.ts";

Deno.test("watch --require-cache leaves objects undone while the cache is away, and processes them when it is back", async () => {
  await using scene = await Scene.create();
  const redis = scene.use(new FakeRedis()), model = await scene.model();
  const stop = Promise.withResolvers<void>();
  scene.write("in/b.jsonl", '{"company":"Acme","title":"before"}\n');
  const watching = said(scene.sluice(
    ["watch", "--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--model", model.url].concat([
      ...["--cache", redis.url, "--require-cache", "--every", "1s", "--model-calls-per-second", "1000"],
      ...["--ledger", `${scene.folder}/state/l.db`, "--linger", "0s", "--listen", "127.0.0.1:0"],
    ]),
    { stop: stop.promise },
  ));
  const exists = (name: string) => Deno.stat(`${scene.folder}/out/${name}`).then(() => true, () => false);
  await until(() => exists("b.jsonl"));
  const calls = model.calls.length;
  await redis.stop();
  scene.write("in/c.jsonl", '{"company":"Acme","title":"meanwhile"}\n');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assertEquals([model.calls.length, await exists("c.jsonl")], [calls, false]);
  redis.restart();
  await until(() => exists("c.jsonl"));
  stop.resolve();
  const { text } = await watching;
  assertStringIncludes(text, "requireCache is set");
  assertEquals(model.stats().keysAskedTwice, 0);
});

Deno.test("serve --require-cache answers 503 while the cache is away, and asks the model nothing", async () => {
  await using scene = await Scene.create();
  const redis = scene.use(new FakeRedis()), model = await scene.model();
  const stop = Promise.withResolvers<void>(), url = `http://127.0.0.1:${scene.unusedPort()}`;
  const serving = said(scene.sluice(
    ["serve", "--model", model.url, "--cache", redis.url, "--require-cache", "--linger", "0s"].concat([
      ...["--model-calls-per-second", "1000", "--listen", url.replace("http://", "")],
    ]),
    { stop: stop.promise },
  ));
  const asked = async (title: string) => {
    const body = JSON.stringify({ keys: [{ company: "Acme", title }] });
    const response = await fetch(`${url}/v1/answers`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await response.body?.cancel();
    return response.status;
  };
  await until(async () => await asked("before") === 200);
  const calls = model.calls.length;
  await redis.stop();
  assertEquals([await asked("meanwhile"), await asked("meanwhile"), model.calls.length], [503, 503, calls]);
  redis.restart();
  await until(async () => await asked("meanwhile") === 200);
  stop.resolve();
  await serving;
  assertEquals(model.stats().keysAskedTwice, 0);
});
