import { assert, assertEquals, assertLessOrEqual } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { Claim, ClaimedBatch } from "../../lib/answers/claim.ts";
import { CoordinatedKeys } from "../../lib/answers/coordinated_keys.ts";
import { HeldElsewhere } from "../../lib/answers/held_elsewhere.ts";
import { startBatchSpan } from "../../lib/telemetry/tracing.ts";
import { FakeFleet } from "../fakes/coordinator.ts";
import { batchOf } from "../records/stages/answering.ts";

const { signal } = new AbortController();
type Clock = ReturnType<typeof install>;

/** Claims with waiters. */
function claimsOf(...keys: string[]): { claims: Claim[]; batch: ClaimedBatch } {
  const batch = new ClaimedBatch(
    batchOf(...keys),
    startBatchSpan(undefined, { records: 0, keys: 0 }),
    () => {},
    false,
  );
  const claims = keys.map((key, slot) => {
    const claim = new Claim(key);
    claim.wait(batch, slot);
    return claim;
  });
  return { claims, batch };
}

/** What another process holds, with the times of the polls and what was reported. */
async function scene(
  test: (scene: {
    clock: Clock;
    elsewhere: HeldElsewhere;
    other: CoordinatedKeys;
    looks: number[];
    messages: string[];
  }) => Promise<void>,
  { lookMs = 0 } = {},
): Promise<void> {
  const clock = install({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  try {
    const fleet = new FakeFleet();
    const other = new CoordinatedKeys({ claims: fleet.join().claims, onTrouble: () => {}, signal });
    const { claims } = fleet.join();
    const looks: number[] = [], messages: string[] = [];
    const own = new CoordinatedKeys({
      claims: {
        ...claims,
        async areHeld(...given) {
          looks.push(performance.now());
          if (lookMs > 0) await new Promise((resolve) => setTimeout(resolve, lookMs));
          return await claims.areHeld(...given);
        },
      },
      onTrouble: () => {},
      signal,
    });
    const tell = (what: string) => (claims: readonly Claim[]) =>
      void messages.push(`${what} ${claims.map(({ key }) => key)}`);
    const elsewhere = new HeldElsewhere({ keys: own, onFree: tell("free"), onUnwanted: tell("unwanted") });
    await test({ clock, elsewhere, other, looks, messages });
    await elsewhere.close();
    await Promise.all([own.close(), other.close()]);
    assertEquals(clock.countTimers(), 0);
  } finally {
    clock.uninstall();
  }
}

Deno.test("HeldElsewhere looks soon, then less and less often, and soon again after a release", async () => {
  await scene(async ({ clock, elsewhere, looks, other, messages }) => {
    await other.claim(["a", "b"]);
    elsewhere.add(claimsOf("a", "b").claims, []);
    await clock.tickAsync(5_000);
    assertEquals(looks, [50, 150, 350, 750, 1_550, 2_550, 3_550, 4_550]);
    other.release(["a"]);
    await clock.tickAsync(600);
    assertEquals([looks.slice(8), messages], [[5_550, 5_600], ["free a"]]);
  });
});

Deno.test("HeldElsewhere looks no more often than costs a tenth of the time", async () => {
  await scene(async ({ clock, elsewhere, looks, other }) => {
    await other.claim(["a"]);
    elsewhere.add(claimsOf("a").claims, []);
    await clock.tickAsync(60_000);
    assertLessOrEqual(looks.length, 60_000 / (11 * 400) + 2);
    assert(looks.length >= 10);
  }, { lookMs: 400 });
});

Deno.test("HeldElsewhere drops keys without waiters, and all keys on close", async () => {
  await scene(async ({ clock, elsewhere, other, messages }) => {
    await other.claim(["a", "b", "c"]);
    const dropped = claimsOf("a");
    elsewhere.add(dropped.claims, []);
    elsewhere.add(claimsOf("b").claims, []);
    dropped.batch.dropped = true;
    await clock.tickAsync(60);
    assertEquals(messages, ["unwanted a"]);
    await elsewhere.close();
    elsewhere.add(claimsOf("c").claims, []);
    assertEquals(messages, ["unwanted a", "unwanted b", "unwanted c"]);
  });
});
