import { assertAlmostEquals, assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { WorkEstimator, type WorkSample } from "../../lib/telemetry/work_estimate.ts";
import { numRuns } from "../property_runs.ts";

/** A sample of listed work. */
function sample(
  { asked = 0, listed = 1_000, outstanding = 0, read = 0, records = 0, ...more }:
    & { asked?: number; listed?: number; outstanding?: number; read?: number; records?: number }
    & Partial<Omit<WorkSample, "records">> = {},
): WorkSample {
  return {
    bytes: { listed, read },
    isListed: true,
    questions: { asked, outstanding },
    records: { read: 2 * records, finished: records },
    ...more,
  };
}

Deno.test("WorkEstimator.add() divides the bytes left by their rate", () => {
  const estimator = new WorkEstimator();
  assertEquals(estimator.add(sample(), 0), { portion: 0 });
  assertEquals(estimator.add(sample({ read: 100, records: 7 }), 10_000), {
    portion: 0.05, // half of the records that were read have an answer
    recordsPerSecond: 0.7,
    secondsLeft: 90,
  });
});

Deno.test("WorkEstimator.add() divides the questions without an answer by their rate once all is read", () => {
  const estimator = new WorkEstimator();
  estimator.add(sample({ read: 1_000, asked: 10_000, outstanding: 10_000 }), 0);
  const later = sample({ read: 1_000, asked: 10_000, outstanding: 5_000 });
  assertEquals(estimator.add(later, 10_000).secondsLeft, 10);
});

Deno.test("WorkEstimator.add() expects as many questions of what is left as of what was read", () => {
  const estimator = new WorkEstimator();
  estimator.add(sample(), 0);
  // 50 answers a second; 500 questions wait, and 500 more bytes hold 1,000.
  const half = sample({ read: 500, asked: 1_000, outstanding: 500 });
  assertEquals(estimator.add(half, 10_000).secondsLeft, 30);
});

Deno.test("WorkEstimator.add() estimates by questions while reading stands still", () => {
  const estimator = new WorkEstimator();
  estimator.add(sample({ read: 500, asked: 1_000, outstanding: 1_000 }), 0);
  const later = sample({ read: 500, asked: 1_000, outstanding: 900 });
  assertEquals(estimator.add(later, 10_000).secondsLeft, 190); // 900 and 1,000 questions at 10 a second
});

Deno.test("WorkEstimator.add() gives no time left without a rate, a whole listing, or anything left", () => {
  const estimator = new WorkEstimator();
  estimator.add(sample({ read: 10 }), 0);
  assertEquals(estimator.add(sample({ read: 10 }), 5_000).secondsLeft, undefined);
  assertEquals(
    estimator.add(sample({ read: 20, asked: 5, outstanding: 5 }), 6_000).secondsLeft,
    undefined,
    "no answer yet",
  );
  assertEquals(estimator.add(sample({ read: 20, isListed: false }), 7_000).secondsLeft, undefined);
  assertEquals(estimator.add(sample({ read: 1_000 }), 8_000).secondsLeft, undefined);
  assertEquals(estimator.add(sample({ listed: 0 }), 9_000).portion, 0);
});

Deno.test("WorkEstimator.add() gives no rate while the model is down, and leaves that time out of later rates", () => {
  const estimator = new WorkEstimator();
  estimator.add(sample(), 0);
  estimator.add(sample({ read: 100, records: 100 }), 10_000);
  const down = sample({ read: 200, records: 100, asked: 9, outstanding: 9, waitsFor: "model" });
  for (const seconds of [11, 60, 3_600]) {
    assertEquals(estimator.add(down, seconds * 1_000), { portion: 0.1, waitsFor: "model" });
  }
  estimator.add(sample({ read: 200, records: 100, asked: 9 }), 3_601_000);
  const { recordsPerSecond, secondsLeft } = estimator.add(
    sample({ read: 400, records: 300, asked: 9 }),
    3_611_000,
  );
  assertEquals([recordsPerSecond, secondsLeft], [20, 30]);
});

Deno.test("WorkEstimator.add() goes by the rates of late", () => {
  const estimator = new WorkEstimator();
  let atMs = 0, read = 0;
  const run = (seconds: number, perSecond: number) => {
    let last = estimator.add(sample({ listed: 100_000, read }), atMs);
    for (let i = 0; i < seconds * 5; i++) {
      last = estimator.add(sample({ listed: 100_000, read: read += perSecond / 5 }), atMs += 200);
    }
    return last.secondsLeft!;
  };
  assertAlmostEquals(run(100, 100), 900);
  assertAlmostEquals(run(100, 10), (100_000 - 11_000) / 10, 1);
});

Deno.test("WorkEstimator.add(): a portion lies in 0 to 1, and no time left is negative or endless", () => {
  const count = fc.nat(1_000);
  const samples = fc.array(fc.record({ read: count, asked: count, answered: count, records: count }));
  fc.assert(
    fc.property(samples, (given) => {
      const estimator = new WorkEstimator();
      const sums = { read: 0, asked: 0, answered: 0, records: 0 };
      given.forEach(({ answered, asked, read, records }, i) => {
        sums.read = Math.min(5_000, sums.read + read);
        sums.asked += asked;
        sums.answered = Math.min(sums.asked, sums.answered + answered);
        sums.records += records;
        const outstanding = sums.asked - sums.answered;
        const { portion, recordsPerSecond = 0, secondsLeft = 0 } = estimator.add(
          sample({ ...sums, listed: 5_000, outstanding }),
          i * 500,
        );
        assertEquals(portion >= 0 && portion <= 1, true, `${portion}`);
        for (const n of [recordsPerSecond, secondsLeft]) assertEquals(Number.isFinite(n) && n >= 0, true);
      });
    }),
    { numRuns },
  );
});
