import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { type Clock, install } from "@sinonjs/fake-timers";
import { Lease } from "../../lib/watch/lease.ts";
import { MessageLostError, type ObjectQueue, type QueuedMessage } from "../../lib/watch/object_queue.ts";

const { signal } = new AbortController();
const message: QueuedMessage = { id: "1", receives: 1, receipt: "r", names: () => [] };

/** A queue that notes what is asked of it, and replies as configured. */
class NotingQueue implements ObjectQueue {
  readonly url = "noting:";
  readonly visibilitySeconds = 60;
  /** What was asked for, and when, in seconds of the test's clock. */
  readonly calls: [what: string, atSeconds: number][] = [];
  /** What the next renewals do; those after them succeed. */
  readonly renewals: ((signal: AbortSignal) => Promise<void>)[] = [];
  completion: () => Promise<void> = () => Promise.resolve();

  claim = () => Promise.resolve([message]);
  renew = (_: QueuedMessage, signal: AbortSignal) => this.#noted("renew", this.renewals.shift(), signal);
  complete = (_: QueuedMessage, signal: AbortSignal) => this.#noted("complete", this.completion, signal);
  abandon = (_: QueuedMessage, signal: AbortSignal) => this.#noted("abandon", undefined, signal);
  fail?: ObjectQueue["fail"];
  check = () => Promise.resolve("fine");
  close = () => Promise.resolve();

  #noted(what: string, work: ((signal: AbortSignal) => Promise<void>) | undefined, signal: AbortSignal) {
    this.calls.push([what, Date.now() / 1000]);
    return work?.(signal) ?? Promise.resolve();
  }
}

interface LeaseTest extends Disposable {
  readonly queue: NotingQueue;
  readonly lease: Lease;
  readonly said: string[];
  readonly clock: Clock;
}

function hold(...renewals: NotingQueue["renewals"]): LeaseTest {
  const clock = install({ now: 0, toFake: ["setTimeout", "clearTimeout", "Date"] });
  const queue = new NotingQueue(), said: string[] = [];
  queue.renewals.push(...renewals);
  const lease = new Lease(queue, message, { onTrouble: (text) => said.push(text) });
  return { queue, lease, said, clock, [Symbol.dispose]: () => clock.uninstall() };
}

const fails = (text: string) => () => Promise.reject(new Error(text));
const loses = () => Promise.reject(new MessageLostError("keep", "message 1 of noting:"));
const hangs = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

Deno.test("Lease() renews every third of the visibility time until the message is completed", async () => {
  using test = hold();
  await test.clock.tickAsync(61_000);
  assertEquals(await test.lease.complete(signal), true);
  await test.clock.tickAsync(600_000);
  assertEquals(test.queue.calls, [["renew", 20], ["renew", 40], ["renew", 60], ["complete", 61]]);
  assertEquals([test.said, test.clock.countTimers()], [[], 0]);
});

Deno.test("Lease() renews no message that was abandoned", async () => {
  using test = hold();
  await test.clock.tickAsync(19_000);
  await test.lease.abandon(signal);
  await test.clock.tickAsync(600_000);
  assertEquals(test.queue.calls, [["abandon", 19]]);
  assertEquals(test.clock.countTimers(), 0);
});

Deno.test("Lease() leaves a released message as it is", async () => {
  using test = hold();
  await test.clock.tickAsync(20_000);
  await test.lease.release();
  await test.clock.tickAsync(600_000);
  assertEquals(test.queue.calls, [["renew", 20]]);
  assertEquals(test.clock.countTimers(), 0);
});

Deno.test("Lease() renews again soon after a failure, and reports it once", async () => {
  using test = hold(fails("Cannot keep 1"), fails("Cannot keep 2"), () => Promise.resolve(), fails("later"));
  await test.clock.tickAsync(56_000);
  assertEquals(test.queue.calls, [["renew", 20], ["renew", 25], ["renew", 30], ["renew", 50], ["renew", 55]]);
  assertEquals(test.said, ["Cannot keep 1"]);
  assertEquals(await test.lease.complete(signal), true);
});

Deno.test("Lease() gives up a renewal that takes as long as a third, and makes another", async () => {
  using test = hold(hangs);
  await test.clock.tickAsync(46_000);
  assertEquals(test.queue.calls, [["renew", 20], ["renew", 45]]);
  assertEquals(test.said, ["Cannot keep message 1 of noting:: no answer in 20 s"]);
  await test.lease.abandon(signal);
  assertEquals(test.clock.countTimers(), 0);
});

Deno.test("Lease() of a lost message reports it and renews no more", async () => {
  using test = hold(loses);
  await test.clock.tickAsync(600_000);
  assertEquals(test.queue.calls, [["renew", 20]]);
  assertEquals(test.lease.isLost, true);
  assertEquals(test.said, [
    "Cannot keep message 1 of noting:: it is no longer claimed by this process: the claim has expired, or the message is gone",
  ]);
  assertEquals(test.clock.countTimers(), 0);
});

Deno.test("Lease.complete() of a lost message is no failure, and still tries to remove it", async () => {
  using test = hold(loses);
  await test.clock.tickAsync(20_000);
  assertEquals(await test.lease.complete(signal), false);
  assertEquals(test.queue.calls.map(([what]) => what), ["renew", "complete"]);
});

Deno.test("Lease.complete() says so where the message turns out to be lost", async () => {
  using test = hold();
  test.queue.completion = loses;
  assertEquals(await test.lease.complete(signal), false);
  assertEquals([test.lease.isLost, test.said], [true, []]);
});

Deno.test("Lease.complete() fails as the queue does, and renews no more", async () => {
  using test = hold();
  test.queue.completion = fails("Cannot remove message 1");
  await assertRejects(() => test.lease.complete(signal), Error, "Cannot remove message 1");
  assertEquals(test.clock.countTimers(), 0);
});

Deno.test("Lease.abandon() leaves a lost message alone", async () => {
  using test = hold(loses);
  await test.clock.tickAsync(20_000);
  await test.lease.abandon(signal);
  assertEquals(test.queue.calls.map(([what]) => what), ["renew"]);
});

Deno.test("Lease.complete() ends a renewal that is under way, and says nothing of it", async () => {
  using test = hold(hangs);
  await test.clock.tickAsync(25_000);
  assertEquals(await test.lease.complete(signal), true);
  assertEquals(test.queue.calls, [["renew", 20], ["complete", 25]]);
  assertEquals([test.said, test.clock.countTimers()], [[], 0]);
});

Deno.test("Lease.fail() sets a message aside and renews no more", async () => {
  using test = hold();
  const reasons: string[] = [];
  test.queue.fail = (_, reason) => {
    reasons.push(reason);
    return Promise.resolve();
  };
  await test.lease.fail("a reason", signal);
  await test.clock.tickAsync(600_000);
  assertEquals([reasons, test.queue.calls, test.clock.countTimers()], [["a reason"], [], 0]);
});

Deno.test("Lease.fail() leaves a lost message alone", async () => {
  using test = hold(loses);
  test.queue.fail = () => Promise.reject(new Error("Cannot see this: it was lost"));
  await test.clock.tickAsync(21_000);
  await test.lease.fail("a reason", signal);
});

Deno.test("Lease.fail() leaves a message where the queue has no such thing", async () => {
  using test = hold();
  await test.lease.fail("a reason", signal);
  await test.clock.tickAsync(600_000);
  assertEquals(test.queue.calls, []);
});

Deno.test("Lease.fail() says so where the message turns out to be lost", async () => {
  using test = hold();
  test.queue.fail = loses;
  await test.lease.fail("a reason", signal);
  assertEquals(test.lease.isLost, true);
});
