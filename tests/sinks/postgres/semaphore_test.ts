import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { Semaphore } from "../../../lib/sinks/postgres/semaphore.ts";

const { signal } = new AbortController();

Deno.test("Semaphore.acquire() lets so many in, the others in their order", async () => {
  const semaphore = new Semaphore(2);
  const order: string[] = [];
  const enter = async (name: string) => {
    const release = await semaphore.acquire(signal);
    order.push(name);
    return release;
  };
  const [a, b] = await Promise.all([enter("a"), enter("b")]);
  const c = enter("c"), d = enter("d");
  await Promise.resolve();
  assertEquals(order, ["a", "b"]);
  b!();
  (await c)();
  a!();
  (await d)();
  assertEquals(order, ["a", "b", "c", "d"]);
  await enter("e");
});

Deno.test("Semaphore.acquire() leaves the permit to the others when it is aborted", async () => {
  const semaphore = new Semaphore(1);
  const release = await semaphore.acquire(signal);
  const abort = new AbortController();
  const given = semaphore.acquire(abort.signal), next = semaphore.acquire(signal);
  abort.abort(new Error("enough"));
  await assertRejects(() => given, Error, "enough");
  release();
  (await next)();
  (await semaphore.acquire(signal))();
});
