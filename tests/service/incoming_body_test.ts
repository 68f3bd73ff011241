import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { IncomingBody, type IncomingBodyOptions } from "../../lib/service/incoming_body.ts";
import { HttpProblem } from "../../lib/service/problem.ts";
import { OpenBody } from "./serving.ts";

/** A desk that counts what is gathered. */
class Desk {
  bytes = 0;
  most = 0;
  readonly stopping = new AbortController();
  readonly stop = this.stopping.signal;

  arrive(bytes: number): void {
    this.bytes += bytes;
    this.most = Math.max(this.most, this.bytes);
  }
}

function incoming(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  options: Partial<IncomingBodyOptions> = {},
  headers = {},
): IncomingBody {
  return new IncomingBody({ body, headers: new Headers(headers) }, {
    maxBodyBytes: 1_000_000,
    minBodyRate: 100,
    desk: new Desk(),
    ...options,
  });
}

/** What a promise ends with, once the clock has gone on for so long. */
async function after(ms: number, work: Promise<unknown>): Promise<unknown> {
  const ended = work.then(() => "done", (error) => error);
  await clock.tickAsync(ms);
  return await Promise.race([ended, Promise.resolve("under way")]);
}

let clock: ReturnType<typeof install>;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test(name, async () => {
    clock = install({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      await fn();
    } finally {
      clock.uninstall();
    }
  });
}

function assertProblem(error: unknown, status: number, detail: string): void {
  assertInstanceOf(error, HttpProblem);
  assertEquals([error.status, error.message], [status, detail]);
}

test("IncomingBody drops a sender that sends too little in ten seconds", async () => {
  const body = new OpenBody(), desk = new Desk();
  const reading = incoming(body.stream, { desk }).bytes();
  body.send("x".repeat(900));
  assertEquals(await after(9_999, reading), "under way");
  assertProblem(
    await after(1, reading),
    408,
    "The request body arrives too slowly: 900 bytes in 10 s; the minimum is 100 bytes per second (minBodyRate)",
  );
  assertEquals(desk.bytes, 0);
});

test("IncomingBody takes a sender for good that is just fast enough", async () => {
  const body = new OpenBody();
  const reading = incoming(body.stream).bytes();
  for (let second = 0; second < 120; second++) {
    body.send("x".repeat(101));
    assertEquals(await after(1_000, reading), "under way");
  }
  body.close();
  assertEquals((await reading).length, 120 * 101);
  assertEquals(clock.countTimers(), 0);
});

test("IncomingBody does not take a sender for slow that is held by its reader", async () => {
  const body = new OpenBody();
  const reader = incoming(body.stream).stream(() => {}).getReader();
  for (let minute = 0; minute < 10; minute++) {
    body.send("x");
    await reader.read();
    await clock.tickAsync(60_000);
  }
  const last = reader.read();
  body.close();
  assertEquals((await last).done, true);
});

test("IncomingBody breaks a stream off whose sender has become slow", async () => {
  const body = new OpenBody();
  const reader = incoming(body.stream).stream(() => {}).getReader();
  body.send("x".repeat(500));
  await reader.read();
  const error = await after(10_000, reader.read());
  assertInstanceOf(error, HttpProblem);
  assertEquals(error.status, 408);
});

test("IncomingBody reads its first line, and streams all of it", async () => {
  const body = new OpenBody(), desk = new Desk();
  const first = incoming(body.stream, { desk });
  const reading = first.readFirstLine();
  body.send("a");
  body.send("b\nc");
  await reading;
  assertEquals(desk.bytes, 0);
  let counted = 0;
  const rest = new Response(first.stream((bytes) => counted += bytes)).text();
  body.send("d\n");
  body.close();
  assertEquals([await rest, counted], ["ab\ncd\n", 6]);
});

test("IncomingBody reads 64 KiB, or all, where there is no line", async () => {
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000)) });
  const first = incoming(endless);
  await first.readFirstLine();
  const { value } = await first.stream(() => {}).getReader().read();
  assertEquals(value!.length, 66_000);
  await first.cancel("enough");
  await incoming(null).readFirstLine();
  assertEquals(await incoming(null).bytes(), new Uint8Array(0));
});

test("IncomingBody holds many small chunks in little more than their size", async () => {
  const body = new OpenBody(), desk = new Desk();
  const reading = incoming(body.stream, { desk }).bytes();
  for (let i = 0; i < 10_000; i++) body.send("x");
  body.close();
  assertEquals((await reading).length, 10_000);
  assertEquals([desk.bytes, desk.most <= 65_536 + 20_000], [0, true]);
});

test("IncomingBody takes no more than it may, and says so beforehand where it can", async () => {
  const detail = "The body is larger than 10 bytes (maxBodyBytes)";
  const error = assertThrows(() => incoming(null, { maxBodyBytes: 10 }, { "content-length": "11" }));
  assertProblem(error, 413, detail);
  let cancelled: unknown;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(4)),
    cancel: (reason) => void (cancelled = reason),
  });
  const reading = incoming(endless, { maxBodyBytes: 10 }).bytes();
  assertProblem(await assertRejects(() => reading), 413, detail);
  assertInstanceOf(cancelled, HttpProblem);
});

test("IncomingBody distinguishes a body that breaks off from one that ends", async () => {
  const body = new OpenBody();
  const reading = incoming(body.stream).bytes();
  body.breakOff();
  assertProblem(
    await assertRejects(() => reading),
    400,
    "The request body ended early: broken off by the test",
  );
});

test("IncomingBody does not wait when the server is stopped", async () => {
  const body = new OpenBody(), desk = new Desk();
  const reading = incoming(body.stream, { desk }).readFirstLine();
  body.send("a");
  await clock.tickAsync(1);
  desk.stopping.abort();
  const error = await assertRejects(() => reading);
  assertProblem(error, 503, "The server is shutting down; send the request to its successor");
  assertEquals([desk.bytes, clock.countTimers()], [0, 0]);
});
