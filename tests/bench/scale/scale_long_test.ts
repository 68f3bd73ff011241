import { assert, assertAlmostEquals, assertEquals } from "@std/assert/mod.js";
import { fleetLines } from "./fleet_lines.ts";
import { fleetLoad } from "./fleet_load.ts";
import { measuredParts } from "./measured_parts.ts";
import { scaleTable } from "./scale_table.ts";
import { distinctKeys } from "./scenarios.ts";
import { type FleetLoad, simulateFleet } from "./simulate_fleet.ts";

const load: FleetLoad = {
  objects: 3,
  linesPerObject: 1_000,
  everySeconds: 0,
  linesBefore: 0,
  distinctKeys: (lines) => lines / 10,
};
const parts = {
  ...measuredParts,
  linesPerSecond: 1_000,
  questionsPerCall: 100,
  callSeconds: 0.5,
};

Deno.test("simulateFleet() reads what it is given, and asks each key once in full calls", () => {
  const run = simulateFleet(load, parts);
  assertEquals([run.lines, run.questions, run.calls], [3_000, 300, 3]);
  // The last call leaves with the last line, and is answered half a second later.
  assertAlmostEquals(run.seconds, 3.5, 1e-6);
  assertAlmostEquals(run.busyShare, 3 / 3.5, 1e-6);
});

Deno.test("simulateFleet() holds the rate for all workers together", () => {
  const run = simulateFleet({ ...load, objects: 40 }, {
    ...parts,
    workers: 4,
    linesPerSecond: 1e6,
  });
  assertEquals([run.questions, run.calls], [4_000, 40]);
  assertAlmostEquals(run.seconds, 39.5, 0.1);
});

Deno.test("simulateFleet() sends calls that are not full when a worker has no room to read further", () => {
  const narrow = simulateFleet({ ...load, objects: 10 }, {
    ...parts,
    maxLinesInFlight: 500,
    maxOpenObjects: 1,
    linesPerStep: 500,
  });
  assert(narrow.calls > 10, `${narrow.calls}`);
  assertEquals(narrow.questions, 1_000);
});

Deno.test("simulateFleet() waits for objects that come later", () => {
  const run = simulateFleet({ ...load, everySeconds: 60 }, parts);
  assertAlmostEquals(run.seconds, 121.5, 1e-6);
  assertAlmostEquals(run.longestSeconds, 1.5, 1e-6);
});

Deno.test("distinctKeys() goes through what was counted", () => {
  assertAlmostEquals(distinctKeys(5_445), 1_089, 1e-6);
  assertAlmostEquals(distinctKeys(1.8e9), 20e6, 1);
});

Deno.test("fleetLoad() has the keys of fleetLines()", () => {
  const options = { lines: 500, shared: 700 };
  const titles = new Set(
    Array.from(
      { length: 20 },
      (_, object) => fleetLines(object, options).titles,
    ).flat(),
  );
  const { distinctKeys } = fleetLoad({ ...options, objects: 20 });
  assertAlmostEquals(distinctKeys(10_000) / titles.size, 1, 0.05);
});

Deno.test("docs/scale.md has the table as the simulation plays it", async () => {
  const page = await Deno.readTextFile(
    new URL("../../../docs/scale.md", import.meta.url),
  );
  assert(page.includes(scaleTable()), "run deno task bench:scale");
});
