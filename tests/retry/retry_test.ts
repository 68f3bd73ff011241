import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { retry, retryDelayMs } from "../../lib/retry/retry.ts";

const policy = { what: "a test", firstMs: 100, maxMs: 300, jitter: 0, maxAttempts: 4 };
const { signal } = new AbortController();

Deno.test("retry() waits twice as long each time, up to the cap, and then gives the last error", async () => {
  const clock = install();
  try {
    const triedAt: number[] = [], counts: number[] = [];
    const started = clock.now;
    const failing = retry(policy, (attempt) => {
      triedAt.push(clock.now - started);
      return Promise.reject(new Error(`attempt ${attempt}`));
    }, { signal, onRetry: (_, failures) => counts.push(failures) });
    const failed = assertRejects(() => failing, Error, "attempt 4");
    await clock.runAllAsync();
    await failed;
    assertEquals(triedAt, [0, 100, 300, 600]);
    assertEquals(counts, [1, 2, 3]);
  } finally {
    clock.uninstall();
  }
});

Deno.test("retry() gives at once what cannot pass, and the signal's reason", async () => {
  const fatal = () =>
    retry(policy, () => Promise.reject(new Error("fatal")), { signal, isRetriable: () => false });
  await assertRejects(fatal, Error, "fatal");
  const stop = new AbortController();
  const stopped = retry({ ...policy, firstMs: 1e6, maxMs: 1e6 }, () => Promise.reject(new Error("down")), {
    signal: stop.signal,
    onRetry: () => queueMicrotask(() => stop.abort(new Error("stopped"))),
  });
  await assertRejects(() => stopped, Error, "stopped");
});

Deno.test("retryDelayMs() grows by two, within the jitter", () => {
  assertEquals([1, 2, 3, 4].map((failures) => retryDelayMs(policy, failures)), [100, 200, 300, 300]);
  const jittered = retryDelayMs({ ...policy, jitter: 0.5 }, 2);
  assertEquals(jittered > 100 && jittered <= 200, true);
});
