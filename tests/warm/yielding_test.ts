import { assertEquals } from "@std/assert/mod.js";
import { Yielding } from "../../lib/warm/yielding.ts";

/** The rests after full calls that took so many seconds. */
function restsAfter(giveWay: Yielding, ...lengths: number[]): number[] {
  return lengths.map((seconds) => giveWay.after({ questions: 1_000, seconds, hasFailed: false }));
}

Deno.test("Yielding() rests for four times as long as a call has waited", () => {
  const giveWay = new Yielding();
  assertEquals(restsAfter(giveWay, 1, 2, 3, 1, 0.5, 1.5), [0, 0, 8, 0, 0, 4]);
  assertEquals(giveWay.seconds, 12);
});

Deno.test("Yielding() rests no longer than a minute, and takes no notice of short calls", () => {
  const giveWay = new Yielding();
  assertEquals(restsAfter(giveWay, 0.001, 0.09, 100), [0, 0, 60]);
});

Deno.test("Yielding() judges by full calls only, and not by those that fail", () => {
  const giveWay = new Yielding();
  restsAfter(giveWay, 2);
  assertEquals(giveWay.after({ questions: 100, seconds: 0.1, hasFailed: false }), 0);
  assertEquals(giveWay.after({ questions: 100, seconds: 50, hasFailed: false }), 0);
  assertEquals(giveWay.after({ questions: 1_000, seconds: 50, hasFailed: true }), 0);
  assertEquals(restsAfter(giveWay, 3), [0]);
});

Deno.test("Yielding() starts over when calls get fuller", () => {
  const giveWay = new Yielding();
  giveWay.after({ questions: 10, seconds: 0.1, hasFailed: false });
  assertEquals(restsAfter(giveWay, 2, 3), [0, 0]);
});

Deno.test("Yielding() forgets how quick the model was a hundred calls ago", () => {
  const giveWay = new Yielding();
  const rests = restsAfter(giveWay, 1, ...new Array<number>(101).fill(3));
  assertEquals([rests[99], rests[100]], [8, 0]);
});
