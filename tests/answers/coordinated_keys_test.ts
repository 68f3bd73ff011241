import { assertEquals, assertLessOrEqual } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import type { SharedClaims } from "../../lib/answers/coordinator.ts";
import { CoordinatedKeys } from "../../lib/answers/coordinated_keys.ts";
import { FakeFleet } from "../fakes/coordinator.ts";

function keysOf(
  claims: SharedClaims,
  said: string[] = [],
  signal = new AbortController().signal,
): CoordinatedKeys {
  return new CoordinatedKeys({ claims, onTrouble: (message) => said.push(message), signal });
}

Deno.test("CoordinatedKeys.claim() waits for keys that are being released", async () => {
  const order: string[] = [];
  const fleet = new FakeFleet();
  const { claims } = fleet.join();
  const released = Promise.withResolvers<void>();
  const keys = keysOf({
    ...claims,
    async release(...given) {
      await released.promise;
      order.push("released");
      await claims.release(...given);
    },
    claim(...given) {
      order.push(`claimed ${given[0]}`);
      return claims.claim(...given);
    },
  });
  await keys.claim(["a"]);
  keys.release(["a"]);
  const again = keys.claim(["a", "b"]);
  await keys.claim(["c"]);
  released.resolve();
  assertEquals(await again, ["won", "won"]);
  assertEquals(order, ["claimed a", "claimed c", "released", "claimed a,b"]);
  await keys.close();
  assertEquals(fleet.holders.size, 0);
});

Deno.test("CoordinatedKeys renew held keys until they are released, and release all on close", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet({ heldMs: 9_000 });
    const [one, two] = [keysOf(fleet.join().claims), keysOf(fleet.join().claims)];
    await one.claim(["a", "b"]);
    await clock.tickAsync(60_000);
    assertEquals(await two.claim(["a", "b"]), ["held", "held"]);
    one.release(["a"]);
    await clock.tickAsync(60_000);
    assertEquals(await two.claim(["a", "b"]), ["won", "held"]);
    await one.close();
    assertEquals(await two.claim(["b"]), ["won"]);
    await two.close();
    assertEquals([fleet.holders.size, clock.countTimers()], [0, 0]);
  });
});

Deno.test("CoordinatedKeys win every key while claims are unavailable, and renew when they are back", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet({ heldMs: 9_000 });
    const said: string[] = [];
    const one = keysOf(fleet.join().claims, said), two = keysOf(fleet.join().claims);
    fleet.failure = new Error("they are away");
    assertEquals([await one.claim(["a"]), await one.areHeld(["a", "b"])], [["won"], [false, false]]);
    fleet.failure = undefined;
    await clock.tickAsync(20_000);
    assertEquals(await two.claim(["a"]), ["held"]);
    assertEquals(said, [
      "Continuing without coordination, so two processes may ask the same question: they are away",
      "Coordination works again: fake:",
    ]);
    await one.close();
    await two.close();
  });
});

Deno.test("CoordinatedKeys.close() releases keys after the run was stopped, and waits two seconds at most", async () => {
  await withClock(async (clock) => {
    const stop = new AbortController();
    const fleet = new FakeFleet();
    const { claims } = fleet.join();
    const [stopped, stuck] = [
      keysOf(claims, [], stop.signal),
      keysOf({
        ...fleet.join().claims,
        release: (_keys, _isRefused, signal) =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      }),
    ];
    await stopped.claim(["a"]);
    await stuck.claim(["b"]);
    stop.abort(new Error("enough"));
    await stopped.close();
    assertEquals([...fleet.holders.keys()], ["b"]);
    const started = performance.now();
    await Promise.all([stuck.close(), clock.tickAsync(2_000)]);
    assertLessOrEqual(performance.now() - started, 2_000);
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
