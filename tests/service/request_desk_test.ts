import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { HttpProblem } from "../../lib/service/problem.ts";
import { maxArrivingBytes, RequestDesk } from "../../lib/service/request_desk.ts";

function deskOf({ maxRequests = 2, requestTimeoutSeconds = 60 } = {}) {
  const stop = new AbortController(), end = new AbortController();
  const desk = new RequestDesk({ maxRequests, requestTimeoutSeconds, stop: stop.signal, signal: end.signal });
  return { desk, stop, end };
}

const request = () => ({ signal: new AbortController().signal });

Deno.test("RequestDesk lets in as many as may be, and counts what became of them", () => {
  const { desk } = deskOf();
  const first = desk.admit(request()), second = desk.admit(request());
  const { message } = assertThrows(() => desk.admit(request()), HttpProblem);
  assertEquals(message, "2 requests are in progress already (maxRequests); retry in a second");
  first.end(false);
  first.end(true);
  const third = desk.admit(request());
  assertEquals([first.number, second.number, third.number], [1, 2, 3]);
  second.end(true);
  third.end(false);
  assertEquals(desk.counts, { underWay: 0, done: 2, failed: 1, refused: 1 });
});

Deno.test("RequestDesk ends a request when its time is over, its sender gone, or everything is to end", () => {
  const clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const { desk, end } = deskOf({ maxRequests: 3 });
    const gone = new AbortController();
    const late = desk.admit(request()), left = desk.admit({ signal: gone.signal });
    gone.abort();
    clock.tick(59_999);
    const last = desk.admit(request());
    assertEquals([late.signal.aborted, left.signal.aborted], [false, true]);
    clock.tick(1);
    end.abort();
    const statusOf = ({ signal: { reason } }: { signal: AbortSignal }) => {
      assertInstanceOf(reason, HttpProblem);
      return reason.status;
    };
    assertEquals([late, left, last].map(statusOf), [504, 400, 503]);
    for (const admission of [late, left, last]) admission.end(true);
    assertEquals(clock.countTimers(), 0);
  } finally {
    clock.uninstall();
  }
});

Deno.test("RequestDesk ends a request at once whose sender has gone before", () => {
  const { desk } = deskOf();
  const admission = desk.admit({ signal: AbortSignal.abort() });
  assert(admission.signal.aborted);
  admission.end(true);
});

Deno.test("RequestDesk admits no request when it is stopped, and says when all have left", async () => {
  const { desk, stop } = deskOf();
  await desk.idle();
  const admission = desk.admit(request());
  stop.abort();
  const { message, headers } = assertThrows(() => desk.admit(request()), HttpProblem) as HttpProblem;
  assertEquals(message, "The server is shutting down; send the request to its successor");
  assertEquals(headers, { "retry-after": "1" });
  let isIdle = false;
  const idle = desk.idle().then(() => isIdle = true);
  await Promise.resolve();
  assertEquals(isIdle, false);
  admission.end(false);
  await idle;
});

Deno.test("RequestDesk bounds what is on its way", () => {
  const { desk } = deskOf();
  desk.arrive(maxArrivingBytes - 10);
  const { message } = assertThrows(() => desk.arrive(11), HttpProblem);
  assertEquals(message, "Too many request bodies are arriving; retry in a second");
  desk.arrive(10);
  desk.arrive(-maxArrivingBytes);
  desk.arrive(maxArrivingBytes);
});
