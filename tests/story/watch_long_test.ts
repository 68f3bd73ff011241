import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { answered, event, line, minute, surroundings, type Watched } from "./watched.ts";
import { until } from "../until.ts";

const isThere = ({ s3 }: Watched, name: string) => () => s3.object("mod", `out/${name}`) !== undefined;
Deno.test("sluice watch: what comes is written within two seconds of being seen, late names too; a restart asks nothing", async () => {
  await using under = await surroundings();
  const { s3, model, watch } = under;
  s3.put("raw", `in/${minute(5)}`, line("a") + line("b"));
  const first = watch("--every", "1s");
  await until(isThere(under, minute(5)), { what: "the first object" });
  // As long as until the next listing, and two seconds.
  const put = performance.now();
  s3.put("raw", `in/${minute(6)}`, line("b") + line("c"));
  s3.put("raw", `in/${minute(1)}`, line("a"));
  await until(isThere(under, minute(6)), { what: "a new object" });
  await until(isThere(under, minute(1)), { what: "a late object" });
  assert(performance.now() - put < 3_500, `it took ${performance.now() - put} ms`);
  assertEquals(await s3.text("mod", `out/${minute(6)}`), answered("b") + answered("c"));
  first.kill("SIGTERM");
  const { status, stderr } = await first.ended;
  assertEquals(status, 0);
  assertMatch(stderr, /"level":"INFO","message":"Stopped: 3 objects processed, 0 failed"/);
  assertEquals(model.stats().keysAskedTwice, 0);
  const { calls } = model.stats();

  s3.put("raw", `in/${minute(7)}`, line("a") + line("c"));
  const second = watch("--every", "1s");
  await until(isThere(under, minute(7)), { what: "an object after the restart" });
  second.kill("SIGTERM");
  await second.ended;
  assertEquals(model.stats().calls, calls);
  assertEquals(under.written.toSorted(), [1, 5, 6, 7].map((i) => `out/${minute(i)}`));
});

Deno.test("sluice watch --events: two watches share a queue; each object is done once, and its message removed", async () => {
  await using under = await surroundings();
  const { s3, sqs, model, watch } = under;
  sqs.createQueue("dead");
  const queue = sqs.createQueue("objects", { maxReceiveCount: 1, deadLetterQueue: "dead" });
  const objects = 30;
  const put = (i: number) => {
    s3.put("raw", `in/${minute(i)}`, line(`title ${i}`) + line("a"));
    sqs.send("objects", event(`in/${minute(i)}`));
  };
  for (let i = 0; i < objects; i++) put(i);
  sqs.send("objects", '{"Service":"Amazon S3","Event":"s3:TestEvent"}');
  sqs.send("objects", "poison");
  const processes = [watch("--events", queue), watch("--events", queue)];
  await until(() => under.written.length >= objects, { what: "the objects of the queue" });
  put(objects);
  await until(isThere(under, minute(objects)), { what: "an object that came later" });
  await until(
    () => sqs.waiting("objects").length === 0 && sqs.inFlight("objects").length === 1,
    { what: "the removal of the messages" },
  );
  for (const process of processes) process.kill("SIGTERM");
  for (const { ended } of processes) assertEquals((await ended).status, 0);
  assertEquals(under.written.toSorted(), Array.from({ length: objects + 1 }, (_, i) => `out/${minute(i)}`));
  for (let i = 0; i <= objects; i++) {
    assertEquals(await s3.text("mod", `out/${minute(i)}`), answered(`title ${i}`) + answered("a"));
  }
  // Each of the two may have asked for the pair that all share.
  assert(model.stats().keysAskedTwice <= 1);
});

Deno.test("sluice watch --events: a killed watch's message is delivered to another one", async () => {
  await using under = await surroundings();
  const { s3, sqs, watch } = under;
  const queue = sqs.createQueue("objects");
  s3.put("raw", `in/${minute(1)}`, line("a"));
  let reads = 0;
  s3.fault({ operation: "GetObject" }, async () => {
    reads++;
    await first.ended;
    return "cut" as const;
  });
  sqs.send("objects", event(`in/${minute(1)}`));
  const first = watch("--events", queue);
  await until(() => reads > 0, { what: "the first read" });
  first.kill("SIGKILL");
  await first.ended;
  assertEquals(sqs.inFlight("objects").length, 1);
  watch("--events", queue);
  // Once more where the queue has given it to the poll that the killed one had left open.
  for (let claims = 0; claims < 3 && !isThere(under, minute(1))(); claims++) {
    sqs.advance(61_000);
    await until(isThere(under, minute(1)), { what: "the object", withinMs: 5_000 }).catch(() => {});
  }
  await until(
    () => sqs.waiting("objects").length + sqs.inFlight("objects").length === 0,
    { what: "the removal of the message" },
  );
  assertEquals(await s3.text("mod", `out/${minute(1)}`), answered("a"));
});
