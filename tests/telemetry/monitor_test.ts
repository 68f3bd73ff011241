import { assert, assertEquals } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import fc from "fast-check";
import { ObjectCounts } from "../../lib/records/batch.ts";
import type { Point, Snapshot } from "../../lib/telemetry/snapshot.ts";
import { numRuns } from "../property_runs.ts";
import { exposition } from "./exposition.ts";
import { monitorOf } from "./monitored.ts";

let clock: ReturnType<typeof install>;

function test(
  name: string,
  fn: (shown: typeof monitorOf) => Promise<void> | void,
): void {
  Deno.test(name, async () => {
    clock = install({
      now: 1_700_000_000_000,
      toFake: ["setInterval", "clearInterval", "performance", "Date"],
    });
    const opened: Disposable[] = [];
    try {
      await fn((options) => {
        const monitored = monitorOf(options);
        opened.push(monitored);
        return monitored;
      });
    } finally {
      for (const one of opened) one[Symbol.dispose]();
      assertEquals(clock.countTimers(), 0);
      clock.uninstall();
    }
  });
}

function countsOf(counts: Partial<ObjectCounts>): ObjectCounts {
  return Object.assign(new ObjectCounts(), counts);
}

const reject = (line: number, text: string | Uint8Array = "x") =>
  ({ line, reason: "invalid_json", text, bytes: text.length }) as const;

test("Monitor makes a point each second", (open) => {
  const { answers, monitor } = open();
  const points: Point[] = [];
  monitor.watch((_, point) => points.push(point));
  const counts = new ObjectCounts();
  monitor.begun({ name: "a" }, counts);
  clock.tick(1_000);
  counts.in = 500;
  Object.assign(answers.counts, { seen: 10, local: 1, hits: 2, asked: 1 });
  clock.tick(1_000);
  monitor.ended({ name: "a" }, counts, "done");
  clock.tick(1_000);
  const idle = {
    linesPerSecond: 0,
    hitRatio: null,
    questionsWaiting: 0,
    callsPerSecond: 0,
    callSeconds: null,
  };
  assertEquals(points, [
    { timeMs: 1_700_000_001_000, ...idle },
    { timeMs: 1_700_000_002_000, ...idle, linesPerSecond: 500, hitRatio: 0.75 },
    { timeMs: 1_700_000_003_000, ...idle },
  ]);
});

test("Monitor measures by a clock that is not set back", async (open) => {
  const { monitor } = open();
  const counts = countsOf({ in: 10 });
  monitor.begun({ name: "a" }, counts);
  clock.tick(2_000);
  clock.setSystemTime(1_600_000_000_000);
  monitor.ended({ name: "a" }, counts, "done");
  assertEquals(monitor.snapshot().ended[0]!.seconds, 2);
  assert(
    (await monitor.metrics.text()).includes(
      "sluice_work_duration_seconds_sum 2\n",
    ),
  );
  const points: Point[] = [];
  monitor.watch((_, point) => points.push(point));
  clock.tick(1_000);
  assertEquals(points[0]!.linesPerSecond, 0);
});

test("Monitor says in what state the process is", (open) => {
  const { monitor, stop } = open();
  assertEquals([monitor.snapshot().state, monitor.isReady], ["waiting", true]);
  const counts = new ObjectCounts();
  monitor.begun({ name: "a", bytes: 7 }, counts);
  counts.bytesIn = 3;
  assertEquals(monitor.snapshot().working, [
    {
      name: "a",
      bytes: 7,
      bytesRead: 3,
      records: 0,
      startedMs: 1_700_000_000_000,
    },
  ]);
  assertEquals(monitor.snapshot().state, "working");
  stop.abort();
  assertEquals([monitor.snapshot().state, monitor.isReady], [
    "draining",
    false,
  ]);
  let last: Snapshot | undefined;
  monitor.watch((snapshot) => last = snapshot);
  monitor.end();
  assertEquals(last?.state, "ended");
});

test("Monitor keeps the latest sample of each reason, cut short", (open) => {
  const { monitor } = open();
  const counts = new ObjectCounts();
  monitor.begun({ name: "a" }, counts);
  for (let i = 0; i < 3; i++) counts.reject("invalid_json");
  monitor.rejected("a", [reject(1, "first"), reject(2, "y".repeat(501))]);
  const sample = () => monitor.snapshot().rejects;
  assertEquals(sample(), [
    {
      reason: "invalid_json",
      count: 3,
      sample: { object: "a", line: 2, text: "y".repeat(500) },
    },
  ]);
  monitor.rejected("b", [reject(9, new TextEncoder().encode("é".repeat(400)))]);
  assertEquals(sample()[0]!.sample, {
    object: "b",
    line: 9,
    text: "é".repeat(250),
  });
});

test("Monitor counts troubles of an hour, and forgets them then", (open) => {
  const { monitor } = open();
  monitor.trouble("fine", "info");
  monitor.trouble("slow");
  clock.tick(1_800_000);
  monitor.trouble("bad", "error");
  monitor.trouble("slow");
  const shown = () =>
    monitor.snapshot().troubles.map((
      { level, message, count },
    ) => [level, message, count]);
  assertEquals(shown(), [["warning", "slow", 2], ["error", "bad", 1]]);
  clock.tick(1_800_000);
  assertEquals(shown(), [["warning", "slow", 1], ["error", "bad", 1]]);
  clock.tick(1_800_000);
  assertEquals(shown(), []);
});

test("Monitor keeps 100 troubles and 50 that have ended, the latest first", (open) => {
  const { monitor } = open();
  for (let i = 0; i < 150; i++) {
    monitor.trouble(`trouble ${i}`);
    monitor.begun({ name: `${i}` }, new ObjectCounts());
    const counts = countsOf({ out: i, rejected: 1 });
    monitor.begun({ name: `done ${i}` }, counts);
    monitor.ended({ name: `done ${i}` }, counts, "done");
  }
  const { ended, troubles, working } = monitor.snapshot();
  assertEquals([ended.length, troubles.length, working.length], [50, 100, 50]);
  assertEquals([ended[0]!.name, troubles[0]!.message, working[0]!.name], [
    "done 149",
    "trouble 149",
    "0",
  ]);
  assertEquals([ended[0]!.records, ended[0]!.rejected], [149, 1]);
});

test("Monitor names all that is in progress, where a snapshot shows fifty", async (open) => {
  const { monitor } = open();
  for (let i = 0; i < 70; i++) {
    monitor.begun({ name: `${i}` }, new ObjectCounts());
  }
  assert(
    (await monitor.metrics.text()).includes("sluice_work_in_progress 70\n"),
  );
});

test("Monitor does not show what is restarted, or left, as ended", (open) => {
  const { monitor } = open();
  for (const outcome of ["again", "left", "failed"] as const) {
    const counts = countsOf({ in: 1, out: 1 });
    monitor.begun({ name: outcome }, counts);
    monitor.ended({ name: outcome }, counts, outcome);
  }
  const { ended, records, working } = monitor.snapshot();
  assertEquals(ended.map(({ name, outcome }) => [name, outcome]), [[
    "failed",
    "failed",
  ]]);
  assertEquals([records.in, working], [3, []]);
});

test("Monitor has counters that never go down", async (open) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(4), fc.nat(9)), { maxLength: 30 }),
      async (steps) => {
        const { monitor } = open();
        const working: ObjectCounts[] = [];
        let before = new Map<string, number>();
        for (const [what, amount] of steps) {
          if (what === 0) {
            monitor.begun(
              { name: "a" },
              working[working.push(new ObjectCounts()) - 1]!,
            );
          }
          const counts = working[amount % Math.max(1, working.length)];
          if (what === 1 && counts) {
            counts.in += amount, counts.out += amount, counts.bytesIn += amount;
          }
          if (what === 2 && counts) counts.reject("invalid_json");
          if (what === 3) {
            const ending = working.shift();
            const outcome = (["done", "again", "failed", "left"] as const)[amount % 4]!;
            if (ending) monitor.ended({ name: "a" }, ending, outcome);
          }
          if (what === 4) clock.tick(amount * 300);
          const now = exposition(await monitor.metrics.text())
            .filter(({ type }) => type === "counter" || type === "histogram")
            .flatMap(({ samples }) => samples).filter(({ name }) => !name.startsWith("process_"));
          for (const { text, value } of now) {
            assert(value >= (before.get(text) ?? 0), `${text} ${value}`);
          }
          before = new Map(now.map(({ text, value }) => [text, value]));
        }
        monitor[Symbol.dispose]();
      },
    ),
    { numRuns: Math.min(numRuns, 100) },
  );
});

test("Monitor lists an object once, with how often it was tried since it was processed", (open) => {
  const { monitor } = open();
  const end = (name: string, outcome: "done" | "failed") => {
    const counts = new ObjectCounts();
    monitor.begun({ name }, counts);
    monitor.ended({ name }, counts, outcome);
  };
  for (let i = 0; i < 3; i++) end("broken", "failed");
  end("fine", "done");
  const ended = () => monitor.snapshot().ended.map(({ name, outcome, tries }) => [name, outcome, tries]);
  assertEquals(ended(), [["fine", "done", 1], ["broken", "failed", 3]]);
  for (let i = 0; i < 60; i++) end(`${i}`, "done");
  end("broken", "done");
  assertEquals(ended().length, 50);
  assertEquals(ended()[0], ["broken", "done", 4]);
  end("broken", "failed");
  assertEquals(ended()[0], ["broken", "failed", 1]);
});

test("Monitor lists each request, since two may have one name", (open) => {
  const { monitor } = open({ requests: () => ({ underWay: 0, done: 0, failed: 0, refused: 0 }) });
  for (let i = 0; i < 2; i++) monitor.ended({ name: "POST /v1/records" }, new ObjectCounts(), "failed");
  assertEquals(monitor.snapshot().ended.map(({ tries }) => tries), [1, 1]);
});

test("Monitor estimates each second how long the work takes", (open) => {
  let read = 0;
  const { monitor } = open({
    work: () => ({
      bytes: { listed: 1_000, read },
      isListed: true,
      questions: { asked: 0, outstanding: 0 },
      records: { read, finished: read },
    }),
  });
  clock.tick(1_000);
  read = 100;
  clock.tick(1_000);
  assertEquals(monitor.snapshot().progress, { portion: 0.1, recordsPerSecond: 100, secondsLeft: 9 });
});
