import { assertEquals, assertLess, assertRejects } from "@std/assert/mod.js";
import {
  MessageLostError,
  type ObjectQueue,
  type QueuedMessage,
  type QueueSource,
} from "../../lib/watch/object_queue.ts";

/** The source that the messages of {@linkcode QueueSubject.send} are about. */
export const rawSource: QueueSource = {
  url: "s3://raw/in/",
  abilities: {
    isOnNetwork: true,
    notifications: { bucket: "raw", prefix: "in/" },
  },
};

/** One kind of queue, as the conformance list sees it: empty, and closed with its server at the end. */
export interface QueueSubject extends AsyncDisposable {
  readonly queue: ObjectQueue;
  /** Sends a message about the object `in/NAME` of the bucket `raw`. */
  send(name: string): Promise<void>;
  /** Resolves when all claims are over that have been made until now. */
  outlast(): Promise<void>;
}

/** What every queue of objects has to do. Runs each point as a step of the test. */
export async function objectQueueConformance(
  t: Deno.TestContext,
  open: () => Promise<QueueSubject>,
): Promise<void> {
  const { signal } = new AbortController();
  const step = (name: string, check: (subject: QueueSubject) => Promise<void>) =>
    t.step(name, async () => {
      await using subject = await open();
      await check(subject);
    });

  await step("claim() hands a message to one worker only", async ({ queue, send }) => {
    await send("a+b é.jsonl");
    const message = await claimOne(queue);
    assertEquals(message.receives, 1);
    assertEquals(message.names(rawSource), ["a+b é.jsonl"]);
    assertEquals(await queue.claim(1, signal), []);
  });

  await step("claim() claims no more than its limit", async ({ queue, send }) => {
    for (let i = 0; i < 5; i++) await send(`${i}.jsonl`);
    const first = await queue.claim(2, signal), rest = await queue.claim(10, signal);
    assertEquals([first.length, rest.length], [2, 3]);
    assertEquals(new Set([...first, ...rest].map(({ id }) => id)).size, 5);
  });

  await step("claim() ends at once when it is aborted, and what comes then is not lost", async (subject) => {
    const { queue, send } = subject;
    const stop = new AbortController(), reason = new Error("stop");
    const claim = queue.claim(1, stop.signal);
    const started = performance.now();
    stop.abort(reason);
    assertEquals(await claim.catch((error) => error), reason);
    assertLess(performance.now() - started, 1_000);
    await send("a.jsonl");
    // A waiting worker may have got it, and hands it back.
    await claimOne(queue);
  });

  await step("nothing is done under a signal that is aborted already", async ({ queue, send }) => {
    await send("a.jsonl");
    const message = await claimOne(queue);
    const reason = new Error("stop"), aborted = AbortSignal.abort(reason);
    for (
      const work of [
        () => queue.claim(1, aborted),
        () => queue.renew(message, aborted),
        () => queue.complete(message, aborted),
        () => queue.check(aborted),
      ]
    ) assertEquals(await work().catch((error) => error), reason);
    await queue.abandon(message, aborted);
    await queue.renew(message, signal);
  });

  await step("complete() removes a message for good", async (subject) => {
    await subject.send("a.jsonl");
    await subject.queue.complete(await claimOne(subject.queue), signal);
    await subject.outlast();
    assertEquals(await subject.queue.claim(1, signal), []);
  });

  await step("abandon() hands a message back at once", async ({ queue, send }) => {
    await send("a.jsonl");
    const first = await claimOne(queue);
    await queue.abandon(first, signal);
    const again = await claimOne(queue);
    assertEquals([again.id, again.receives], [first.id, 2]);
  });

  await step("a message that is not ended comes again, and its first claim is over", async (subject) => {
    const { queue, send } = subject;
    await send("a.jsonl");
    const first = await claimOne(queue);
    await subject.outlast();
    const again = await claimOne(queue);
    assertEquals([again.id, again.receives], [first.id, 2]);
    await queue.abandon(first, signal);
    await queue.complete(again, signal);
    await assertRejects(() => queue.renew(first, signal), MessageLostError, `${first.id} of `);
  });

  await step("check() claims nothing", async ({ queue, send }) => {
    await send("a.jsonl");
    await queue.check(signal);
    assertEquals((await claimOne(queue)).receives, 1);
  });
}

/** Claims one, which may come with the second or third claim. */
async function claimOne(queue: ObjectQueue): Promise<QueuedMessage> {
  const { signal } = new AbortController();
  for (let claims = 0; claims < 5; claims++) {
    const [message] = await queue.claim(1, signal);
    if (message !== undefined) return message;
  }
  throw new Error("Cannot claim a message: the queue is empty");
}
