import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import type { SharedRate } from "../../lib/answers/coordinator.ts";
import { CallScheduler, type CallSchedulerOptions } from "../../lib/answers/call_scheduler.ts";
import { FakeFleet } from "../fakes/coordinator.ts";

function turnsOf(
  sharedRate: SharedRate | undefined,
  options: Partial<CallSchedulerOptions> = {},
): CallScheduler {
  const { signal } = new AbortController();
  return new CallScheduler({ callsPerSecond: 1, sharedRate, onTrouble: () => {}, signal, ...options });
}

Deno.test("CallScheduler gives a single process its turns at once, evenly spaced", () => {
  const scheduler = turnsOf(undefined, { callsPerSecond: 2 });
  const neverChanges = () => {
    throw new Error("it changed");
  };
  assertEquals(scheduler.nextMs(0, neverChanges), -Infinity);
  scheduler.take(0);
  assertEquals(scheduler.nextMs(0, neverChanges), 500);
  scheduler.take(700);
  assertEquals(scheduler.nextMs(700, neverChanges), 1_200);
});

Deno.test("CallScheduler takes shared turns one at a time, when a call might leave", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet({ callsPerSecond: 1 });
    const [one, two] = [turnsOf(fleet.join().rate), turnsOf(fleet.join().rate)];
    let changes = 0;
    const next = (scheduler: CallScheduler) => scheduler.nextMs(performance.now(), () => changes++);
    assertEquals([next(one), next(one), next(two)], [Infinity, Infinity, Infinity]);
    assertEquals([one.isAsking, two.isAsking], [true, true]);
    await clock.tickAsync(0);
    assertEquals([changes, next(one), next(two)], [2, 0, 1_000]);
    one.take(0);
    assertEquals(next(one), Infinity);
    await clock.tickAsync(0);
    assertEquals([next(one), next(two)], [2_000, 1_000]);
  });
});

Deno.test("CallScheduler lets unused shared turns expire halfway to the next one", async () => {
  await withClock(async (clock) => {
    const scheduler = turnsOf(new FakeFleet({ callsPerSecond: 1 }).join().rate);
    const next = () => scheduler.nextMs(performance.now(), () => {});
    next();
    await clock.tickAsync(0);
    assertEquals(next(), 0);
    await clock.tickAsync(499);
    assertEquals(next(), 0);
    await clock.tickAsync(1);
    assertEquals(next(), Infinity);
    await clock.tickAsync(0);
    assertEquals(next(), 1_000);
  });
});

Deno.test("CallScheduler without its shared rate keeps to its share: that of the known processes, or a tenth", async () => {
  for (const [processes, intervalMs] of [[4, 4_000], [0, 10_000]] as const) {
    await withClock(async (clock) => {
      const said: string[] = [];
      const fleet = new FakeFleet({ callsPerSecond: 1 });
      for (let i = 1; i < processes; i++) fleet.join();
      const scheduler = turnsOf(fleet.join().rate, { onTrouble: (message) => said.push(message) });
      const take = async () => {
        const started = performance.now();
        await Promise.all([scheduler.wait(), clock.tickAsync(20_000)]);
        return performance.now() - started;
      };
      if (processes > 0) await take();
      fleet.failure = new Error("it is away");
      const at: number[] = [];
      const waits = Array.from({ length: 3 }, () => scheduler.wait().then(() => at.push(performance.now())));
      await clock.tickAsync(40_000);
      await Promise.all(waits);
      assertEquals(at.slice(1).map((ms, i) => Math.round(ms - at[i]!)), [intervalMs, intervalMs]);
      assertEquals(said, [
        "Continuing without the shared rate limit, at this process's share of it: it is away",
      ]);
    });
  }
});

Deno.test("CallScheduler.wait() ends with the signal, and reports no failure", async () => {
  await withClock(async (clock) => {
    const stop = new AbortController();
    const said: string[] = [];
    const rate: SharedRate = {
      url: "fake:",
      take: (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    };
    const scheduler = turnsOf(rate, { signal: stop.signal, onTrouble: (message) => said.push(message) });
    const waiting = assertRejects(() => scheduler.wait(), Error, "enough");
    scheduler.nextMs(0, () => said.push("changed"));
    await clock.tickAsync(1_000);
    stop.abort(new Error("enough"));
    await waiting;
    await scheduler.come();
    assertEquals(said, []);
  });
});

async function withClock(test: (clock: ReturnType<typeof install>) => Promise<void>): Promise<void> {
  const clock = install({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  try {
    await test(clock);
  } finally {
    clock.uninstall();
  }
}
