/** An object that is tried again and again is one object: in the log, on the page and in the metrics. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import type { Snapshot } from "../../lib/telemetry/snapshot.ts";
import { gzipSync } from "node:zlib";
import { record, Scene } from "../errors/scene.ts";
import { queueTest } from "../queue/queue_scene.ts";
import { until } from "../until.ts";

/** An upload that was cut off: it fails in each attempt. */
const halfGzip = new Uint8Array(gzipSync(record("y"))).subarray(0, 20);

// deno-lint-ignore no-explicit-any -- tests know what they look for
type Line = Record<string, any>;

/** A watch of the scene's folder, with its log and what its page shows. */
class Watch {
  readonly lines: Line[] = [];
  readonly #stop = Promise.withResolvers<void>();
  readonly #ended: Promise<{ status: number }>;

  constructor(scene: Scene) {
    this.#ended = scene.sluice([
      ...["watch", "--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--model", "reference:"],
      ...["--cache", "none:", "--ledger", `${scene.folder}/state/ledger.db`, "--listen", "127.0.0.1:0"],
      ...["--every", "1s", "--log-format", "json"],
    ], {
      stop: this.#stop.promise,
      onStderr: (text) => {
        for (const line of text.trim().split("\n")) this.lines.push(JSON.parse(line));
      },
    });
  }

  /** Messages that begin so. */
  told(start: string): Line[] {
    return this.lines.filter(({ message }) => message.startsWith(start));
  }

  async page(): Promise<{ readonly metrics: string; readonly snapshot: Snapshot }> {
    const { page } = this.lines.find(({ page }) => page !== undefined)!;
    const metrics = await (await fetch(new URL("/metrics", page))).text();
    const live = await fetch(new URL("/v1/live", page));
    let text = "";
    for await (const chunk of live.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const state = /event: state\ndata: (.*)\n\n/.exec(text);
      if (state !== null) return { metrics, snapshot: JSON.parse(state[1]!).snapshot };
    }
    throw new Error(text);
  }

  async stop(): Promise<Line> {
    this.#stop.resolve();
    assertEquals((await this.#ended).status, 0);
    return this.lines.at(-1)!;
  }
}

Deno.test("sluice watch counts an object once that fails again and again", async () => {
  await using scene = await Scene.create();
  scene.write("in/b.jsonl", record("y"));
  scene.write("in/broken.jsonl.gz", halfGzip);
  scene.hurry(20);
  const watch = new Watch(scene);
  await until(() => watch.told("Cannot finish").length >= 3);
  const { metrics, snapshot } = await watch.page();
  const { failedAttempts, ...objects } = snapshot.objects!;
  assertEquals(objects, { found: 3, skipped: 0, done: 2, failed: 1, gone: 0, ignored: 0 });
  assert(failedAttempts >= 3, `${failedAttempts}`);
  assertEquals(snapshot.ended.map(({ name }) => name).toSorted(), ["a.jsonl", "b.jsonl", "broken.jsonl.gz"]);
  assert(snapshot.ended.find(({ outcome }) => outcome === "failed")!.tries >= 3);
  assertStringIncludes(metrics, "sluice_objects_failed 1\n");
  assertMatch(metrics, /sluice_objects_total\{outcome="failed"\} [3-9]/);
  const { done, failed, message } = await watch.stop();
  assertEquals({ done, failed }, { done: 2, failed: 1 });
  assertMatch(message, /^Stopped: 2 objects processed, 1 failed \(\d+ failed attempts\)$/);
});

Deno.test("sluice watch counts a failed object as processed once it is mended, and as gone once it is removed", async () => {
  await using scene = await Scene.create();
  const mended = scene.write("in/mended.jsonl.gz", halfGzip);
  const removed = scene.write("in/removed.jsonl.gz", halfGzip);
  scene.hurry(20);
  const watch = new Watch(scene);
  await until(() => watch.told("Cannot finish").length >= 2);
  Deno.writeFileSync(mended, new Uint8Array(gzipSync(record("mended"))));
  Deno.removeSync(removed);
  await until(() => watch.told("Done: mended.jsonl.gz").length === 1);
  await until(async () => (await watch.page()).snapshot.objects!.gone === 1);
  const { failedAttempts: _, ...objects } = (await watch.page()).snapshot.objects!;
  assertEquals(objects, { found: 3, skipped: 0, done: 2, failed: 0, gone: 1, ignored: 0 });
  const { done, failed } = await watch.stop();
  assertEquals({ done, failed }, { done: 2, failed: 0 });
});

queueTest("sluice work counts a job's object once, however often the job is tried", async ({ redis }) => {
  await using scene = await Scene.create();
  scene.write("in/broken.jsonl.gz", halfGzip);
  const places = ["--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`];
  const common = [
    ...["--queue", redis.url, "--model", "reference:", "--ledger", `${scene.folder}/state/ledger.db`],
  ];
  const enqueue = ["enqueue", ...places, ...common, "--tries", "3", "--retry-after", "1s"];
  assertEquals((await scene.sluice(enqueue)).status, 0);
  const { status, text } = await scene.sluice([
    ...["work", ...common, "--cache", "none:", "--listen", "127.0.0.1:0", "--until-empty"],
    ...["--log-format", "json"],
  ]);
  assertEquals(status, 1, text);
  const lines = text.split("\n").map((line) => JSON.parse(line));
  const stopped = lines.find(({ message }) => message.startsWith("Stopped: "));
  assertEquals(stopped.message, "Stopped: 1 object processed, 1 failed (3 failed attempts)");
  const { done, failed, failedAttempts } = stopped;
  assertEquals({ done, failed, failedAttempts }, { done: 1, failed: 1, failedAttempts: 3 });
});
