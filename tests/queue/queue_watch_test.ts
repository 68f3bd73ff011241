import { assertEquals } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import type { QueueState } from "../../lib/queue/job_queue.ts";
import { QueueWatch } from "../../lib/queue/queue_watch.ts";

const state: QueueState = {
  waiting: 3,
  delayed: 0,
  active: 1,
  failed: 2,
  oldestSeconds: 5,
  workers: 1,
  place: { source: "s3://raw/", destination: "s3://mod/" },
};

Deno.test("QueueWatch() looks every five seconds, and keeps the last figures while there is no answer", async () => {
  const clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const answers: (() => Promise<QueueState>)[] = [
      () => Promise.resolve(state),
      () => Promise.reject(new Error("Cannot look at queue redis://q:6379: it is away")),
      () => Promise.reject(new Error("Cannot look at queue redis://q:6379: it is away")),
      () => Promise.resolve({ ...state, waiting: 0 }),
    ];
    const said: string[] = [];
    await using watch = new QueueWatch(
      { url: "redis://q:6379", name: "jobs", state: () => answers.shift()!() },
      (message) => said.push(message),
    );
    assertEquals(watch.view, undefined);
    await clock.tickAsync(0);
    const { place: _, ...figures } = state;
    assertEquals(watch.view, { queue: "jobs of redis://q:6379", ...figures, isDown: false });
    await clock.tickAsync(10_000);
    assertEquals(watch.view, { queue: "jobs of redis://q:6379", ...figures, isDown: true });
    await clock.tickAsync(5_000);
    assertEquals([watch.view!.waiting, watch.view!.isDown], [0, false]);
    assertEquals(said, [
      "Cannot look at queue redis://q:6379: it is away",
      "The queue answers again: redis://q:6379",
    ]);
  } finally {
    clock.uninstall();
  }
});
