import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import {
  estimate,
  type EstimateOptions,
  type Findings,
  type FoundStrategy,
} from "../../lib/estimate/estimate.ts";

function exact(count: Partial<FoundStrategy["count"]> = {}): FoundStrategy {
  return {
    name: "exact",
    count: { distinct: 1_500, known: 400, relativeError: 0, questionBytes: 50, ...count },
  };
}

const findings: Findings = {
  objects: { found: 5, ignored: 1, skipped: 2, read: 2, gone: 0, failed: 0 },
  skippedObjects: { reasons: { hidden: 1 }, names: [{ name: "_a", reason: "hidden" }] },
  counts: { in: 5_000, rejected: 10, blank: 90, reasons: { invalid_json: 10 } },
  strategies: [exact()],
  chosen: "exact",
  cache: { url: "redis://cache:6379", state: "read" },
};
const options: EstimateOptions = { maxCallQuestions: 1_000, maxCallBytes: 1_000_000, callsPerSecond: 0.5 };

Deno.test("estimate() works out questions, calls, time and money, beside asking about every record", () => {
  const made = estimate(findings, { ...options, pricePer1000: 2 });
  assertEquals(made.keys, { distinct: 1_500, known: 400, relativeError: 0 });
  assertEquals([made.questions, made.calls, made.seconds, made.money], [1_100, 2, 4, 2.2]);
  assertEquals(made.ways, [
    {
      way: "every record",
      isChosen: false,
      relativeError: 0,
      questions: 4_900,
      calls: 5,
      seconds: 10,
      money: 9.8,
    },
    {
      way: "exact",
      isChosen: true,
      distinct: 1_500,
      known: 400,
      relativeError: 0,
      questions: 1_100,
      calls: 2,
      seconds: 4,
      money: 2.2,
    },
  ]);
});

Deno.test("estimate() takes the figures of the run's strategy", () => {
  const fold: FoundStrategy = {
    name: "fold",
    count: {
      distinct: 900,
      known: 0,
      relativeError: 0.01,
      questionBytes: 40,
      answers: { compared: 9, changed: 1 },
      workSeconds: 2,
    },
  };
  const made = estimate({ ...findings, strategies: [exact(), fold], chosen: "fold" }, options);
  assertEquals([made.questions, made.keys], [900, { distinct: 900, known: 0, relativeError: 0.01 }]);
  assertEquals(made.ways.map(({ isChosen, way }) => [way, isChosen]), [
    ["every record", false],
    ["exact", false],
    ["fold", true],
  ]);
  const { answers, workSeconds } = made.ways[2]!;
  assertEquals([answers, workSeconds], [{ compared: 9, changed: 1 }, 2]);
});

Deno.test("estimate() refuses a strategy that was not counted", () => {
  assertThrows(
    () => estimate({ ...findings, chosen: "fold" }, options),
    SluiceError,
    "Cannot estimate the strategy fold: it was not counted",
  );
});

Deno.test("estimate() has calls hold no more bytes than they may", () => {
  assertEquals(estimate(findings, { ...options, maxCallBytes: 1_024 }).calls, 55);
  const large = { ...findings, strategies: [exact({ questionBytes: 5_000 })] };
  assertEquals(estimate(large, { ...options, maxCallBytes: 1_024 }).calls, 1_100);
});

Deno.test("estimate() gives no time without a rate, and no cost without a price", () => {
  const made = estimate(findings, { ...options, callsPerSecond: Infinity });
  assertEquals([made.callsPerSecond, made.seconds, made.money], [null, null, undefined]);
  assertEquals(made.ways.map(({ money, seconds }) => [seconds, money]), [[null, undefined], [
    null,
    undefined,
  ]]);
});

Deno.test("estimate() asks nothing where there is nothing", () => {
  const counts = { in: 0, rejected: 0, blank: 0, reasons: {} };
  const made = estimate(
    { ...findings, counts, strategies: [exact({ distinct: 0, known: 0, questionBytes: 0 })] },
    options,
  );
  assertEquals([made.questions, made.calls, made.seconds], [0, 0, 0]);
});

Deno.test("estimate() takes the likely figures of a sample", () => {
  const questions = { likely: 3_000, least: 1_100, most: 11_000 };
  const whole = { distinct: { likely: 4_000, least: 1_500, most: 15_000 }, questions };
  const made = estimate(
    { ...findings, strategies: [{ ...exact(), whole }], sample: { objects: 20, times: 10 } },
    options,
  );
  assertEquals(made.keys, { distinct: 4_000, known: 1_000, relativeError: 0 });
  assertEquals([made.questions, made.calls, made.ways[0]!.questions], [3_000, 3, 49_000]);
  assertEquals(made.sample, { objects: 20, times: 10, questions });
});
