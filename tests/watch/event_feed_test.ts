import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import type { Outcome, Planned } from "../../lib/jobs/plan.ts";
import { DirectoryStore } from "../../lib/stores/directory/directory.ts";
import { S3Store } from "../../lib/stores/s3/s3.ts";
import { EventFeed, type EventFeedOptions } from "../../lib/watch/event_feed.ts";
import type { ObjectQueue, QueuedMessage, QueueSource } from "../../lib/watch/object_queue.ts";
import { namesOfEvents, notificationsOf, type ObjectEvent } from "../../lib/watch/s3_event.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { until } from "../until.ts";

const fingerprint = "recipe";

/** A queue in memory that notes what becomes of its messages. */
class NotedQueue implements ObjectQueue {
  readonly url = "noted:";
  readonly visibilitySeconds = 60;
  readonly waiting: QueuedMessage[] = [];
  /** `complete 1`, `abandon 2`, in order. */
  readonly log: string[] = [];
  /** Sets messages aside, where it has that. */
  fail?: ObjectQueue["fail"];
  fails = 0;
  /** Answers with nothing when nothing waits. */
  isHasty = false;
  /** How many messages each claim asked for. */
  readonly asked: number[] = [];
  #came = Promise.withResolvers<void>();

  send(id: string, ...objects: Partial<ObjectEvent>[]): void {
    const all = objects.map(({ bucket = "raw", key = "" }) => ({ bucket, key }));
    const names = (source: QueueSource) => namesOfEvents(all, `message ${id}`, source);
    this.waiting.push({ id, receives: 1, receipt: id, names });
    this.#came.resolve();
  }

  poison(id: string): void {
    const names = () => {
      throw new Error(`Cannot read message ${id}: it is poison`);
    };
    this.waiting.push({ id, receives: 1, receipt: id, names });
    this.#came.resolve();
  }

  async claim(maxMessages: number, signal: AbortSignal): Promise<readonly QueuedMessage[]> {
    if (this.fails > 0) {
      this.fails--;
      throw new Error("Cannot read messages of noted:: it is away");
    }
    this.asked.push(maxMessages);
    while (this.waiting.length === 0) {
      if (this.isHasty) return [];
      signal.throwIfAborted();
      this.#came = Promise.withResolvers();
      const aborted = () => this.#came.reject(signal.reason);
      signal.addEventListener("abort", aborted, { once: true });
      await this.#came.promise.finally(() => signal.removeEventListener("abort", aborted));
    }
    return this.waiting.splice(0, maxMessages);
  }

  verifySource(source: QueueSource): void {
    notificationsOf(source);
  }

  renew(): Promise<void> {
    return Promise.resolve();
  }

  complete({ id }: QueuedMessage, _signal: AbortSignal): Promise<void> {
    this.log.push(`complete ${id}`);
    return Promise.resolve();
  }

  abandon({ id }: QueuedMessage): Promise<void> {
    this.log.push(`abandon ${id}`);
    return Promise.resolve();
  }

  check(): Promise<string> {
    return Promise.resolve("");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Fed extends AsyncDisposable {
  readonly s3: FakeS3;
  readonly queue: NotedQueue;
  readonly messages: string[];
  /** The next object to be processed. */
  next(): Promise<{ readonly name: string; end(outcome: Outcome, reason?: string): void }>;
  /** Whether it has ended. */
  isOver(): Promise<boolean>;
  /** Stops reading, and waits for what is sent to the queue. */
  stop(): Promise<void>;
}

async function fed(options: Partial<EventFeedOptions> = {}): Promise<Fed> {
  const s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
  const given = {
    endpoint: s3.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  };
  const source = await S3Store.open("s3://raw/in/", given);
  const destination = await S3Store.open("s3://mod/out/", given);
  const queue = new NotedQueue();
  const messages: string[] = [];
  const stop = new AbortController();
  const feed = new EventFeed({
    source,
    destination,
    fingerprint,
    queue,
    onTrouble: (message, level) => messages.push(`${level}: ${message}`),
    ...options,
  });
  const objects = feed.objects(stop.signal);
  let reading: Promise<IteratorResult<Planned>> | undefined;
  const end = async () => {
    stop.abort(new Error("stop"));
    await reading?.catch(() => {});
    await objects.return(undefined).catch(() => {});
    await feed.close();
  };
  return {
    s3,
    queue,
    messages,
    stop: end,
    async next() {
      const { value } = await (reading = objects.next());
      reading = undefined;
      if (value?.todo !== "process") throw new Error(`nothing to process: ${value?.todo}`);
      return { name: value.object.name, end: (outcome, reason) => value.onEnd?.(outcome, reason) };
    },
    isOver: async () => (await objects.next()).done === true,
    async [Symbol.asyncDispose]() {
      await end();
      await source.close();
      await destination.close();
      await s3[Symbol.asyncDispose]();
    },
  };
}

const put = (s3: FakeS3, name: string) => s3.put("raw", `in/${name}`, "{}\n");
const markDone = (s3: FakeS3, name: string) =>
  s3.put("mod", `out/${name}`, "{}\n", {
    "x-amz-meta-sluice-source-etag": s3.object("raw", `in/${name}`)!.etag,
    "x-amz-meta-sluice-recipe": fingerprint,
    "x-amz-meta-sluice-rejects": "0",
  });

Deno.test("EventFeed removes a message when all its objects are done, and not earlier", async () => {
  await using feed = await fed();
  const { s3, queue } = feed;
  for (const name of ["a.jsonl", "b.jsonl"]) put(s3, name);
  queue.send("1", { key: "in/a.jsonl" }, { key: "in/b.jsonl" });
  const a = await feed.next();
  const b = await feed.next();
  assertEquals([a.name, b.name], ["a.jsonl", "b.jsonl"]);
  b.end("done");
  const waiting = feed.next().catch(() => {});
  assertEquals(queue.log, []);
  a.end("done");
  await feed.stop();
  await waiting;
  assertEquals(queue.log, ["complete 1"]);
});

Deno.test("EventFeed tells of the objects that it skips, and removes their messages", async () => {
  const told: string[] = [];
  await using feed = await fed({
    onSkipped: ({ name, reason }) => told.push(`${name}: ${reason}`),
    exclude: ["x*"],
  });
  const { s3, queue } = feed;
  for (const name of ["picture.png", "x.jsonl", "last.jsonl"]) put(s3, name);
  const keys = ["in/picture.png", "in/x.jsonl", "in/_export/a.jsonl", "in/_rejects/a.jsonl"];
  for (const [i, key] of keys.entries()) queue.send(String(i), { key });
  queue.send("last", { key: "in/last.jsonl" });
  const last = await feed.next();
  assertEquals(told, ["picture.png: not_a_record_file", "x.jsonl: excluded", "_export/a.jsonl: hidden"]);
  last.end("done");
  await feed.stop();
  assertEquals(queue.log, ["complete 0", "complete 1", "complete 2", "complete 3", "complete last"]);
});

Deno.test("EventFeed says what became of objects that it does not yield, and names them in the log", async () => {
  const settled: string[] = [], objects: unknown[] = [];
  await using feed = await fed({
    onSettled: (name, outcome) => settled.push(`${outcome} ${name}`),
    onTrouble: (_, level, fields) => level === "error" && objects.push(fields?.object),
  });
  const { s3, queue } = feed;
  for (const name of ["done.jsonl", "secret.jsonl", "last.jsonl"]) put(s3, name);
  markDone(s3, "done.jsonl");
  const denied = { status: 403, code: "AccessDenied" };
  s3.fault(({ key, operation }) => key === "in/secret.jsonl" && operation !== "PutObject", denied, {
    times: 8,
  });
  for (const [i, name] of ["done", "gone", "secret", "last"].entries()) {
    queue.send(`${i}`, { key: `in/${name}.jsonl` });
  }
  const last = await feed.next();
  last.end("done");
  await feed.stop();
  assertEquals(settled, ["skipped done.jsonl", "gone gone.jsonl", "failed secret.jsonl"]);
  assertEquals(objects, ["secret.jsonl"]);
});

Deno.test("EventFeed fails a job for an object that is skipped, where the queue keeps failed ones", async () => {
  await using feed = await fed();
  const { s3, queue } = feed;
  for (const name of ["a.log", "last.jsonl"]) put(s3, name);
  queue.fail = ({ id }, reason) => {
    queue.log.push(`fail ${id}: ${reason}`);
    return Promise.resolve();
  };
  queue.send("1", { key: "in/a.log" });
  queue.send("2", { key: "in/last.jsonl" });
  const last = await feed.next();
  last.end("done");
  await feed.stop();
  assertEquals(queue.log, [
    "fail 1: not a record file by its name: --format jsonl takes it",
    "complete 2",
  ]);
});

Deno.test("EventFeed removes messages about objects that are done, gone, not selected, elsewhere, or none", async () => {
  await using feed = await fed();
  const { s3, queue, messages } = feed;
  put(s3, "done.jsonl");
  markDone(s3, "done.jsonl");
  put(s3, "picture.png");
  put(s3, "last.jsonl");
  queue.send("1", { key: "in/done.jsonl" });
  queue.send("2", { key: "in/gone.jsonl" });
  queue.send("3", { key: "in/picture.png" });
  queue.send("4", { key: "other/a.jsonl" });
  queue.send("5", { key: "in/_rejects/a.jsonl" });
  queue.send("6");
  queue.send("7", { key: "in/last.jsonl" });
  const last = await feed.next();
  assertEquals(last.name, "last.jsonl");
  last.end("done");
  await feed.stop();
  assertEquals(queue.log.toSorted(), [1, 2, 3, 4, 5, 6, 7].map((id) => `complete ${id}`));
  assertEquals(messages, []);
});

Deno.test("EventFeed leaves poison, other buckets' messages and failed objects to the queue's policy", async () => {
  await using feed = await fed();
  const { s3, queue, messages } = feed;
  for (const name of ["bad.jsonl", "good.jsonl"]) put(s3, name);
  queue.poison("1");
  queue.send("2", { bucket: "else", key: "in/a.jsonl" });
  queue.send("3", { key: "in/bad.jsonl" }, { key: "in/good.jsonl" });
  (await feed.next()).end("failed");
  (await feed.next()).end("done");
  await feed.stop();
  assertEquals(queue.log, []);
  assertEquals(messages, [
    "error: Cannot read message 1: it is poison; the queue's policy decides what becomes of it",
    "error: Cannot use message 2: it is about s3://else/, not s3://raw/in/; the queue's policy decides what becomes of it",
  ]);
});

Deno.test("EventFeed hands messages back, and says so once, while credentials are not taken", async () => {
  await using feed = await fed();
  const { s3, queue, messages } = feed;
  put(s3, "a.jsonl");
  const expired = { status: 400, code: "ExpiredToken", message: "The provided token has expired." };
  s3.fault(({ operation }) => operation === "HeadObject" || operation === "GetObject", expired, { times: 8 });
  const fails: string[] = [];
  queue.fail = ({ id }) => {
    fails.push(id);
    return Promise.resolve();
  };
  queue.send("1", { key: "in/a.jsonl" });
  queue.send("2", { key: "in/a.jsonl" });
  queue.send("3", { key: "in/a.jsonl" });
  const next = feed.next().catch(() => {}); // it waits for a claim that the test does not wait for
  await until(() => queue.log.length === 3);
  await feed.stop();
  await next;
  assertEquals(queue.log.toSorted(), ["abandon 1", "abandon 2", "abandon 3"]);
  assertEquals(fails, []);
  assertEquals(messages.length, 1);
  assertMatch(messages[0]!, /ExpiredToken.*; objects are left until the credentials are accepted$/);
});

Deno.test("EventFeed hands back what was not taken or not finished when it is stopped", async () => {
  await using feed = await fed();
  const { s3, queue } = feed;
  for (const name of ["a.jsonl", "b.jsonl", "c.jsonl"]) put(s3, name);
  queue.send("1", { key: "in/a.jsonl" });
  queue.send("2", { key: "in/b.jsonl" }, { key: "in/c.jsonl" });
  queue.send("3", { key: "in/c.jsonl" });
  const a = await feed.next();
  const b = await feed.next();
  const stopped = feed.stop();
  a.end("done");
  b.end("left");
  await stopped;
  await feed.stop();
  assertEquals(queue.log.toSorted(), ["abandon 2", "abandon 3", "complete 1"]);
});

Deno.test("EventFeed does an object once that two messages are about", async () => {
  await using feed = await fed();
  const { s3, queue } = feed;
  for (const name of ["a.jsonl", "b.jsonl"]) put(s3, name);
  queue.send("1", { key: "in/a.jsonl" });
  queue.send("2", { key: "in/a.jsonl" });
  queue.send("3", { key: "in/b.jsonl" });
  const a = await feed.next();
  const b = await feed.next();
  assertEquals(b.name, "b.jsonl");
  a.end("done");
  b.end("done");
  await feed.stop();
  assertEquals(queue.log.toSorted(), ["complete 1", "complete 2", "complete 3"]);
});

Deno.test("EventFeed asks a queue again that fails later, and throws when the first claim fails", async () => {
  await using feed = await fed();
  feed.queue.fails = 1;
  await assertRejects(() => feed.next(), Error, "Cannot read messages of noted:: it is away");
  await using other = await fed();
  put(other.s3, "a.jsonl");
  put(other.s3, "b.jsonl");
  other.queue.send("1", { key: "in/a.jsonl" });
  const a = await other.next();
  other.queue.fails = 1;
  other.queue.send("2", { key: "in/b.jsonl" });
  const b = await other.next();
  assertEquals([a.name, b.name], ["a.jsonl", "b.jsonl"]);
  assertEquals(other.messages, [
    "error: Cannot read messages of noted:: it is away; retrying until it answers",
    "info: The queue answers again: noted:",
  ]);
  a.end("done");
  b.end("done");
});

Deno.test("EventFeed.close() gives a queue that is silent five seconds, and says what comes again", async () => {
  const clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    await using feed = await fed();
    const { s3, queue, messages } = feed;
    put(s3, "a.jsonl");
    queue.send("1", { key: "in/a.jsonl" });
    const a = await feed.next();
    queue.complete = (_message, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    a.end("done");
    let isClosed = false;
    const closed = feed.stop().then(() => isClosed = true);
    await clock.tickAsync(4_900);
    assertEquals(isClosed, false);
    await clock.tickAsync(200);
    await closed;
    assertEquals(messages, [
      "warning: Cannot settle a message of noted:: no answer in 5 s; it will be delivered again",
    ]);
  } finally {
    clock.uninstall();
  }
});

Deno.test("EventFeed takes no source but S3", () => {
  const source = new DirectoryStore("/srv/in");
  assertThrows(
    () =>
      new EventFeed({
        source,
        destination: source,
        fingerprint,
        queue: new NotedQueue(),
        onTrouble: () => {},
      }),
    Error,
    "Cannot watch file:///srv/in/: only the objects of an S3 prefix have events; leave out --events to watch by listings",
  );
});

Deno.test("EventFeed tries one message every 30 s while it is held up", async () => {
  const clock = install({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    let isDown = true;
    await using feed = await fed({ isHeldUp: () => isDown });
    const { s3, queue } = feed;
    for (const name of ["a.jsonl", "b.jsonl", "c.jsonl"]) {
      put(s3, name);
      queue.send(name, { key: `in/${name}` });
    }
    const turns = async () => {
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    };
    const first = feed.next();
    await turns();
    assertEquals(queue.waiting.length, 3);
    await clock.tickAsync(30_000);
    await turns();
    assertEquals(queue.waiting.length, 2);
    (await first).end("done");
    const second = feed.next();
    await turns();
    isDown = false;
    await clock.tickAsync(30_000);
    (await second).end("done");
    (await feed.next()).end("done");
    assertEquals(queue.waiting.length, 0);
  } finally {
    clock.uninstall();
  }
});

/** Notes what is set aside, and why. */
function setsAside(queue: NotedQueue): void {
  queue.fail = ({ id }, reason) => {
    queue.log.push(`fail ${id}: ${reason}`);
    return Promise.resolve();
  };
}

Deno.test("EventFeed hands what failed back with its reason, where the queue has that", async () => {
  await using feed = await fed();
  const { s3, queue } = feed;
  setsAside(queue);
  for (const name of ["bad.jsonl", "good.jsonl"]) put(s3, name);
  queue.poison("1");
  queue.send("2", { key: "in/bad.jsonl" }, { key: "in/good.jsonl" });
  (await feed.next()).end("failed", "Cannot finish it: a reason");
  (await feed.next()).end("done");
  await feed.stop();
  assertEquals(queue.log, [
    "fail 1: Cannot read message 1: it is poison",
    "fail 2: Cannot finish it: a reason",
  ]);
});

Deno.test("EventFeed hands what failed back without a count while all fail", async () => {
  let isDown = false;
  await using feed = await fed({ isHeldUp: () => isDown });
  const { s3, queue } = feed;
  setsAside(queue);
  put(s3, "a.jsonl");
  queue.send("1", { key: "in/a.jsonl" });
  const a = await feed.next();
  isDown = true;
  a.end("failed", "the model is down");
  await feed.stop();
  assertEquals(queue.log, ["abandon 1"]);
});

Deno.test("EventFeed claims no more than its limit, and ends when it is over", async () => {
  let asked = 0;
  await using feed = await fed({ maxMessages: 1, isOver: () => Promise.resolve(++asked === 3) });
  const { s3, queue } = feed;
  queue.isHasty = true;
  put(s3, "a.jsonl");
  queue.send("1", { key: "in/a.jsonl" });
  (await feed.next()).end("done");
  assertEquals(await feed.isOver(), true);
  assertEquals(queue.asked, [1, 1, 1, 1]);
});
