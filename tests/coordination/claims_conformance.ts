import { assertEquals } from "@std/assert/mod.js";
import type { SharedClaims } from "../../lib/answers/coordinator.ts";

/** Claims of one fleet, as the conformance list sees them. */
export interface ClaimsSubject {
  /** One more process. */
  join(): SharedClaims;
  /** Lets the time pass in which a claim that is not renewed is lost. */
  lapse(): Promise<void>;
}

/** What all claims have to do. Runs each point as a step of the test. */
export async function claimsConformance(t: Deno.TestContext, subject: ClaimsSubject): Promise<void> {
  const { signal } = new AbortController();
  const step = (name: string, check: (one: SharedClaims, two: SharedClaims, key: string) => Promise<void>) =>
    t.step(name, () => check(subject.join(), subject.join(), crypto.randomUUID()));

  await step(
    "claim() gives each key to the first that comes, and to that one again",
    async (one, two, key) => {
      assertEquals(await one.claim([`${key}a`, `${key}b`], signal), ["won", "won"]);
      assertEquals(await two.claim([`${key}b`, `${key}c`, `${key}a`], signal), ["held", "won", "held"]);
      assertEquals(await one.claim([`${key}a`, `${key}c`], signal), ["won", "held"]);
    },
  );

  await step("areHeld() says what others hold", async (one, two, key) => {
    await one.claim([`${key}a`], signal);
    await two.claim([`${key}b`], signal);
    assertEquals(await two.areHeld([`${key}a`, `${key}b`, `${key}c`], signal), [true, false, false]);
    assertEquals(await one.areHeld([`${key}a`, `${key}b`, `${key}c`], signal), [false, true, false]);
  });

  await step("release() releases what is held, and nothing else", async (one, two, key) => {
    await one.claim([`${key}a`, `${key}b`], signal);
    await two.release([`${key}a`], false, signal);
    assertEquals(await two.areHeld([`${key}a`], signal), [true]);
    await one.release([`${key}a`, `${key}c`], false, signal);
    assertEquals(await two.claim([`${key}a`, `${key}b`, `${key}c`], signal), ["won", "held", "won"]);
  });

  await step("release() shows others what the model refuses", async (one, two, key) => {
    await one.claim([`${key}a`], signal);
    await one.release([`${key}a`], true, signal);
    assertEquals(await two.areHeld([`${key}a`], signal), [false]);
    assertEquals(await two.claim([`${key}a`], signal), ["refused"]);
    assertEquals(await one.claim([`${key}a`], signal), ["refused"]);
  });

  await step("a claim is lost that is not renewed, and can be taken by others", async (one, two, key) => {
    await one.claim([`${key}a`, `${key}b`], signal);
    await subject.lapse();
    assertEquals(await two.areHeld([`${key}a`], signal), [false]);
    assertEquals(await two.claim([`${key}a`], signal), ["won"]);
    await one.renew([`${key}a`, `${key}b`], signal);
    assertEquals(await two.claim([`${key}a`, `${key}b`], signal), ["won", "held"]);
  });

  await step("thousands of keys are claimed at once", async (one, two, key) => {
    const keys = Array.from({ length: 5_000 }, (_, i) => `${key}${i}`);
    assertEquals(new Set(await one.claim(keys, signal)), new Set(["won"]));
    const odd = keys.filter((_, i) => i % 2 === 1);
    await one.release(odd, false, signal);
    assertEquals(await two.areHeld(keys, signal), keys.map((_, i) => i % 2 === 0));
    assertEquals(await two.claim(keys, signal), keys.map((_, i) => i % 2 === 0 ? "held" : "won"));
  });
}
