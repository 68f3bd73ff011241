import { assertEquals } from "@std/assert/mod.js";
import type { Estimate } from "../../lib/estimate/estimate.ts";
import { estimateText } from "../../lib/estimate/estimate_text.ts";

const every = {
  way: "every record",
  isChosen: false,
  relativeError: 0,
  questions: 4_900,
  calls: 5,
  seconds: 10,
};
const exact = {
  way: "--normalize exact",
  isChosen: true,
  distinct: 1_500,
  known: 400,
  relativeError: 0,
  questions: 1_100,
  calls: 2,
  seconds: 4,
};
const made: Estimate = {
  objects: { found: 5, ignored: 1, skipped: 2, read: 2, gone: 0, failed: 0 },
  skippedObjects: { reasons: { hidden: 1 }, names: [{ name: "_a", reason: "hidden" }] },
  records: { in: 5_000, rejected: 10, blank: 90, reasons: { invalid_json: 7, invalid_utf8: 3 } },
  keys: { distinct: 1_500, known: 400, relativeError: 0 },
  cache: { url: "redis://cache:6379", state: "read" },
  questions: 1_100,
  calls: 2,
  seconds: 4,
  callsPerSecond: 0.5,
  ways: [every, exact],
};
const said = { answers: "model seniority 2, keys exact" };

Deno.test("estimateText() says all of it in lines, and the ways in a table", () => {
  const text = estimateText({
    ...made,
    money: 2.2,
    pricePer1000: 2,
    ways: [
      { ...every, money: 9.8 },
      { ...exact, money: 2.2 },
      {
        ...exact,
        way: "--normalize fold",
        isChosen: false,
        distinct: 900,
        known: 0,
        questions: 900,
        calls: 1,
        seconds: 2,
        money: 1.8,
        answers: { compared: 400, changed: 3 },
        heldBytes: 2_048,
        workSeconds: 0.012,
      },
    ],
  }, said);
  assertEquals(
    text,
    `objects:  2 read, 2 already done, 1 skipped: _a (its name begins with _ or .)
lines:    5,000, 90 blank, 10 to be rejected (7 invalid_json, 3 invalid_utf8)
keys:     1,500 distinct; model seniority 2, keys exact
cached:   400; looked up in redis://cache:6379
to ask:   1,100 questions in 2 calls, 4 s, price 2.20
rate:     0.5 calls/s
price:    2.00 per 1,000 questions

strategy                       keys  cached  questions   saved  calls  time  price  answers changed  memory  CPU time
every record                                     4,900              5  10 s   9.80
--normalize exact (this run)  1,500     400      1,100  77.5 %      2   4 s   2.20
--normalize fold                900       0        900  81.6 %      1   2 s   1.80         3 of 400   2 KiB     12 ms
`,
  );
});

Deno.test("estimateText() leaves out what nothing is known of", () => {
  const noRate = { seconds: null };
  const text = estimateText({
    ...made,
    ...noRate,
    callsPerSecond: null,
    ways: [{ ...every, ...noRate }, { ...exact, ...noRate, answers: { compared: 0, changed: 0 } }],
  }, said);
  assertEquals(
    text.split("\n").slice(4),
    `to ask:   1,100 questions in 2 calls

strategy                       keys  cached  questions   saved  calls
every record                                     4,900              5
--normalize exact (this run)  1,500     400      1,100  77.5 %      2
`.split("\n"),
  );
});

Deno.test("estimateText() says what makes the figures rough", () => {
  const text = estimateText({
    ...made,
    cache: { url: "redis://cache:6379", state: "unreachable" },
    keys: { ...made.keys, relativeError: 0.0123 },
    sample: { objects: 20, times: 10, questions: { likely: 3_000, least: 1_100, most: 11_000 } },
  }, { ...said, maxQuestions: 1_000 });
  const lines = text.split("\n");
  assertEquals(
    lines[0],
    "objects:  2 read of 20, 2 already done, 1 skipped: _a (its name begins with _ or .)",
  );
  assertEquals(lines[2], "keys:     about 1,500 distinct; model seniority 2, keys exact");
  assertEquals(lines.slice(-6), [
    "",
    "There are too many keys to count exactly: these figures are within 1.23 % of the truth two times out of three",
    "Read 2 of 20 objects: the number of questions is estimated from how often new keys came towards the end; " +
    "it is between 1,100 and 11,000",
    "The cache did not answer every lookup: some cached keys may be counted as questions",
    "A run would stop after 1,000 questions (maxQuestions)",
    "",
  ]);
});
