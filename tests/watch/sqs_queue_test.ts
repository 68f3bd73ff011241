import type { SluiceError } from "../../lib/errors/sluice_error.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert/mod.js";
import { awsEnvironment } from "../fakes/aws_environment.ts";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { install } from "@sinonjs/fake-timers";
import { Lease } from "../../lib/watch/lease.ts";
import { MessageLostError, type QueuedMessage } from "../../lib/watch/object_queue.ts";
import { SqsQueue, type SqsQueueOptions } from "../../lib/watch/sqs_queue.ts";
import { objectQueueConformance, rawSource } from "./object_queue_conformance.ts";
import { type FakeQueueOptions, FakeSqs } from "../fakes/sqs.ts";

const { signal } = new AbortController();
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "do-not-print-me" };
const { setTimeout: realTimeout } = globalThis;

interface QueueUnderTest extends AsyncDisposable {
  readonly queue: SqsQueue;
  readonly fake: FakeSqs;
}

/** A queue `q`, whose claims do not wait by default. */
async function open(
  options: SqsQueueOptions = {},
  fakeOptions: FakeQueueOptions = {},
): Promise<QueueUnderTest> {
  const fake = await FakeSqs.start();
  if (fakeOptions.deadLetterQueue !== undefined) fake.createQueue(fakeOptions.deadLetterQueue);
  const url = fake.createQueue("q", fakeOptions);
  const queue = await SqsQueue.open(url, { region: "us-east-1", credentials, waitSeconds: 0, ...options });
  return {
    queue,
    fake,
    async [Symbol.asyncDispose]() {
      await queue.close();
      await fake[Symbol.asyncDispose]();
    },
  };
}

async function claimOne({ queue }: QueueUnderTest): Promise<QueuedMessage> {
  const [message] = await queue.claim(1, signal);
  if (message === undefined) throw new Error("Cannot claim a message: the queue is empty");
  return message;
}

/** Waits for other threads and sockets. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    if (i > 5_000) throw new Error(`Cannot continue: ${holds} does not become true`);
    await new Promise((resolve) => realTimeout(resolve, 1));
  }
}

const tls = (name: string) => Deno.readTextFileSync(new URL(`../testdata/tls/${name}`, import.meta.url));
const event = (key: string) =>
  JSON.stringify({
    Records: [{ eventName: "ObjectCreated:Put", s3: { bucket: { name: "raw" }, object: { key } } }],
  });

Deno.test("SqsQueue() does what every queue of objects does", async (t) => {
  await objectQueueConformance(t, async () => {
    const under = await open();
    const { fake, queue } = under;
    return {
      queue,
      send: (name) => {
        fake.send("q", event(encodeURIComponent(`in/${name}`)));
        return Promise.resolve();
      },
      outlast: () => {
        fake.advance(61_000);
        return Promise.resolve();
      },
      [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
    };
  });
});

Deno.test("SqsQueue.claim() hands out messages with what they are about", async () => {
  await using under = await open();
  const id = under.fake.send("q", event("in/a+b.jsonl"));
  const message = await claimOne(under);
  assertEquals([message.id, message.receives], [id, 1]);
  assertEquals(message.names(rawSource), ["a b.jsonl"]);
  const { abilities } = rawSource;
  const elsewhere = {
    url: "s3://raw/out/",
    abilities: { ...abilities, notifications: { bucket: "raw", prefix: "out/" } },
  };
  assertEquals(message.names(elsewhere), []);
  const other = { url: "s3://x/", abilities: { ...abilities, notifications: { bucket: "x", prefix: "" } } };
  const { kind, message: text } = assertThrows(() => message.names(other)) as SluiceError;
  assertEquals([kind, text], [
    "data",
    `Cannot use message ${id} of ${under.queue.url}: it is about s3://raw/, not s3://x/`,
  ]);
  assertEquals(await under.queue.claim(1, signal), []);
});

Deno.test("SqsQueue.claim() claims ten messages at most, and no more than its limit", async () => {
  await using under = await open();
  for (let i = 0; i < 15; i++) under.fake.send("q", event(`${i}`));
  const claimed = [];
  for (const most of [3, 100, 10]) claimed.push((await under.queue.claim(most, signal)).length);
  assertEquals(claimed, [3, 10, 2]);
});

Deno.test("SqsQueue.claim() asks for a wait of 20 seconds and a visibility of 60", async () => {
  await using under = await open({ waitSeconds: undefined });
  under.fake.send("q", event("a"));
  await under.queue.claim(5, signal);
  const { WaitTimeSeconds, VisibilityTimeout, MaxNumberOfMessages } = under.fake.requests[0]!.input;
  assertEquals([WaitTimeSeconds, VisibilityTimeout, MaxNumberOfMessages], [20, 60, 5]);
});

Deno.test("SqsQueue.claim() returns when a message comes, and with none when none does", async () => {
  await using under = await open({ waitSeconds: 20 });
  const claim = under.queue.claim(10, signal);
  await until(() => under.fake.polls === 1);
  under.fake.send("q", event("a"));
  assertEquals((await claim).length, 1);
  const vain = under.queue.claim(10, signal);
  await until(() => under.fake.polls === 1);
  under.fake.advance(20_000);
  assertEquals(await vain, []);
  assertEquals(under.fake.count("ReceiveMessage"), 2);
});

Deno.test("SqsQueue.claim() ends at once when it is aborted while it waits, and leaves nothing", async () => {
  await using under = await open({ waitSeconds: 20 });
  const stop = new AbortController(), reason = new Error("stop");
  const claim = under.queue.claim(10, stop.signal);
  await until(() => under.fake.polls === 1);
  const started = performance.now();
  stop.abort(reason);
  assertEquals(await claim.catch((error) => error), reason);
  assertLess(performance.now() - started, 1_000);
  await until(() => under.fake.polls === 0);
  under.fake.send("q", event("a"));
  assertEquals(under.fake.waiting("q").length, 1);
});

Deno.test("SqsQueue.abandon() hands a message back at once", async () => {
  await using under = await open({ waitSeconds: 20 });
  under.fake.send("q", event("a"));
  const first = await claimOne(under);
  const claim = under.queue.claim(1, signal);
  await until(() => under.fake.polls === 1);
  await under.queue.abandon(first, signal);
  const [again] = await claim;
  assertEquals([again!.id, again!.receives], [first.id, 2]);
});

Deno.test("SqsQueue.abandon() never fails", async () => {
  await using under = await open();
  under.fake.send("q", event("a"));
  const message = await claimOne(under);
  under.fake.fault("ChangeMessageVisibility", { status: 403, code: "AccessDenied" });
  await under.queue.abandon(message, signal);
  await under.queue.abandon({ ...message, receipt: "none" }, signal);
  assertEquals(under.fake.inFlight("q").length, 1);
});

Deno.test("SqsQueue.renew() hides a message for the whole time again", async () => {
  await using under = await open({ visibilitySeconds: 30 });
  under.fake.send("q", event("a"));
  const message = await claimOne(under);
  under.fake.advance(20_000);
  await under.queue.renew(message, signal);
  under.fake.advance(25_000);
  assertEquals(under.fake.inFlight("q").length, 1);
  under.fake.advance(5_001);
  assertEquals(under.fake.waiting("q").length, 1);
});

Deno.test("SqsQueue() says that a claim is over, without its receipt", async () => {
  await using under = await open();
  under.fake.send("q", event("a"));
  const first = await claimOne(under);
  under.fake.advance(61_000);
  const lost = (work: () => Promise<void>) =>
    assertRejects(work, MessageLostError, `message ${first.id} of http`);
  await lost(() => under.queue.renew(first, signal));
  const second = await claimOne(under);
  const { message } = await lost(() => under.queue.renew(first, signal));
  assert(!message.includes(first.receipt));
  await under.queue.complete(first, signal); // SQS takes it, and does nothing
  assertEquals(under.fake.inFlight("q").length, 1);
  await under.queue.complete(second, signal);
  await lost(() => under.queue.renew(second, signal));
  await lost(() => under.queue.complete({ ...first, receipt: "none" }, signal));
});

Deno.test("SqsQueue() holds a message no longer than SQS lets it", async () => {
  await using under = await open({ visibilitySeconds: 43_200 });
  under.fake.send("q", event("a"));
  const message = await claimOne(under);
  under.fake.advance(1_000);
  await assertRejects(() => under.queue.renew(message, signal), MessageLostError);
  assertEquals(under.fake.inFlight("q").length, 1);
});

Deno.test("SqsQueue() recognizes an expired claim by all names that SQS has for it", async () => {
  await using under = await open();
  under.fake.send("q", event("a"));
  const message = await claimOne(under);
  for (const code of ["ReceiptHandleIsInvalid", "AWS.SimpleQueueService.MessageNotInflight"]) {
    under.fake.fault("ChangeMessageVisibility", { status: 400, code });
    await assertRejects(() => under.queue.renew(message, signal), MessageLostError);
  }
});

Deno.test("Lease() keeps a message of SqsQueue past its time while it is worked on", async () => {
  await using under = await open({ visibilitySeconds: 60 });
  under.fake.send("q", event("a"));
  const clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const lease = new Lease(under.queue, await claimOne(under));
    for (let i = 1; i <= 6; i++) {
      clock.tick(20_000);
      under.fake.advance(20_000);
      await until(() => under.fake.count("ChangeMessageVisibility") === i && clock.countTimers() === 1);
      assertEquals(await under.queue.claim(1, signal), []);
    }
    assertEquals(await lease.complete(signal), true);
    assertEquals(clock.countTimers(), 0);
  } finally {
    clock.uninstall();
  }
  under.fake.advance(600_000);
  assertEquals([under.fake.waiting("q"), under.fake.inFlight("q")], [[], []]);
});

Deno.test("SqsQueue() leaves what cannot be understood to the dead-letter queue", async () => {
  await using under = await open({}, { maxReceiveCount: 3, deadLetterQueue: "q-dead" });
  under.fake.send("q", "poison");
  for (let receives = 1; receives <= 3; receives++) {
    const message = await claimOne(under);
    assertEquals(message.receives, receives);
    await assertRejects(
      () => Promise.try(() => message.names(rawSource)),
      Error,
      `Cannot understand message ${message.id} of ${under.queue.url}: it is not JSON; it begins with "poison"`,
    );
    under.fake.advance(60_001);
  }
  assertEquals(await under.queue.claim(1, signal), []);
  assertEquals([under.fake.waiting("q"), under.fake.waiting("q-dead")], [[], ["poison"]]);
});

Deno.test("SqsQueue.check() says how the queue stands, and claims nothing", async () => {
  await using under = await open({}, { maxReceiveCount: 3, deadLetterQueue: "q-dead" });
  under.fake.createQueue("plain");
  for (const key of ["a", "b", "c"]) under.fake.send("q", event(key));
  await claimOne(under);
  assertEquals(
    await under.queue.check(signal),
    "about 2 messages waiting, 1 claimed; messages delivered 3 times go to q-dead",
  );
  const plain = await SqsQueue.open(under.queue.url.replace("/q", "/plain"), { region: "x", credentials });
  assertEquals(
    await plain.check(signal),
    "about 0 messages waiting, 0 claimed; no dead-letter queue: messages that cannot be understood are delivered again and again",
  );
  await plain.close();
});

Deno.test("SqsQueue() tries again when answers are bad or missing", async () => {
  await using under = await open();
  under.fake.send("q", event("a"));
  under.fake.fault("ReceiveMessage", "reset");
  under.fake.fault("ReceiveMessage", { status: 503, code: "ServiceUnavailable" });
  under.fake.fault("ReceiveMessage", { status: 403, code: "RequestThrottled" });
  assertEquals((await under.queue.claim(1, signal)).length, 1);
  assertEquals(under.fake.count("ReceiveMessage"), 4);
});

Deno.test("SqsQueue.claim() makes a request again that is not answered in its wait and a time-out", async () => {
  await using under = await open({ waitSeconds: 20 });
  under.fake.send("q", event("a"));
  under.fake.fault("ReceiveMessage", "silence");
  const clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    let isDone = false;
    const claim = under.queue.claim(1, signal).finally(() => isDone = true);
    await until(() => under.fake.count("ReceiveMessage") === 1);
    clock.tick(29_999);
    await new Promise((resolve) => realTimeout(resolve, 5));
    assertEquals(under.fake.count("ReceiveMessage"), 1);
    clock.tick(1);
    await until(() => (clock.tick(100), isDone));
    assertEquals((await claim).length, 1);
  } finally {
    clock.uninstall();
  }
});

Deno.test("FakeSqs() takes messages as SQS does", async () => {
  await using under = await open();
  const client = new SQSClient({ endpoint: under.fake.endpoint, region: "us-east-1", credentials });
  const body = event("in/é");
  const sent = await client.send(new SendMessageCommand({ QueueUrl: under.queue.url, MessageBody: body }));
  client.destroy();
  const message = await claimOne(under);
  assertEquals([message.id, message.names(rawSource)], [sent.MessageId, ["é"]]);
});

Deno.test("SqsQueue() has no secret in its errors", async () => {
  await using under = await open();
  under.fake.fault("ReceiveMessage", { status: 403, code: "AccessDenied", message: "Access Denied." });
  const error = await assertRejects(() => under.queue.claim(1, signal), Error);
  assertEquals(error.message, `Cannot read messages of ${under.queue.url}: 403 AccessDenied: Access Denied`);
  assert(!Deno.inspect(error, { depth: 20 }).includes(credentials.secretAccessKey));
});

Deno.test("SqsQueue.open() takes the region from the host, else from its options", async () => {
  using _ = await awsEnvironment({ AWS_REGION: "ap-south-1" });
  const regions: string[] = [];
  for (
    const host of [
      "sqs.eu-central-1.amazonaws.com",
      "sqs.cn-north-1.amazonaws.com.cn",
      "sqs-fips.us-gov-west-1.amazonaws.com",
      "vpce-0a1b-2c3d.sqs.us-west-2.vpce.amazonaws.com",
      "eu-west-1.queue.amazonaws.com",
      "queue.amazonaws.com",
      "sqs.example.com",
    ]
  ) {
    const queue = await SqsQueue.open(`sqs://${host}/123456789012/new-objects`, { credentials });
    regions.push(queue.region);
    await queue.close();
  }
  assertEquals(regions, [
    "eu-central-1",
    "cn-north-1",
    "us-gov-west-1",
    "us-west-2",
    "eu-west-1",
    "us-east-1",
    "ap-south-1",
  ]);
});

Deno.test("SqsQueue() reaches sqs: addresses by TLS, and trusts the given authority", async () => {
  await using fake = await FakeSqs.start({ tls: { cert: tls("server.pem"), key: tls("server.key") } });
  const url = fake.createQueue("q").replace("https:", "sqs:");
  fake.send("q", event("a"));
  const queue = await SqsQueue.open(url, { region: "x", credentials, ca: tls("ca.pem") });
  assertEquals((await queue.claim(1, signal)).length, 1);
  assertEquals(queue.url, url);
  await queue.close();
});

Deno.test("SqsQueue.open() refuses other addresses and hides what may be secret in them", async () => {
  for (
    const [url, shown] of [
      ["sqs://sqs.eu-central-1.amazonaws.com/name", "sqs://sqs.eu-central-1.amazonaws.com/name"],
      ["sqs:///1/name", "sqs:///1/name"],
      ["redis://localhost/1/name", "redis://localhost/1/name"],
      ["name", "name"],
      ["https://key:secret@sqs.x/1/name", "https://…@sqs.x/1/name"],
      ["https://sqs.x/1/name?token=secret", "https://sqs.x/1/name?…"],
    ] as const
  ) {
    const { message } = await assertRejects(() => SqsQueue.open(url, { region: "x" }), Error);
    assertEquals(message.slice(0, message.indexOf(": its address")), `Cannot open queue ${shown}`);
  }
});

Deno.test("SqsQueue() waits between attempts, and not when it is aborted", async () => {
  await using under = await open();
  under.fake.fault("ReceiveMessage", { status: 500, code: "InternalError" }, 99);
  const stop = new AbortController(), reason = new Error("stop");
  const clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const claim = under.queue.claim(1, stop.signal);
    await until(() => under.fake.count("ReceiveMessage") === 1 && clock.countTimers() > 0);
    stop.abort(reason);
    assertEquals(await claim.catch((error) => error), reason);
    assertGreater(2, under.fake.count("ReceiveMessage"));
  } finally {
    clock.uninstall();
  }
});
