import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { NoCache } from "../../lib/caches/none.ts";

Deno.test("NoCache knows nothing, even after set()", async () => {
  const cache = new NoCache();
  const { signal } = new AbortController();
  await cache.set([["a", 1]], signal);
  assertEquals(await cache.get(["a", "b"], signal), [undefined, undefined]);
  assertEquals(
    await cache.check(signal),
    "no cache: every run asks all its keys",
  );
  await cache.close();
});

Deno.test("NoCache rejects with the reason of an aborted signal", async () => {
  const cache = new NoCache();
  const aborted = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => cache.get(["a"], aborted), Error, "enough");
  await assertRejects(() => cache.set([["a", 1]], aborted), Error, "enough");
  await assertRejects(() => cache.check(aborted), Error, "enough");
});
