/**
 * The figures that Sluice is held to, each a ratio of two things measured in one run: whole processes, side by side.
 *
 *     deno task bench [--only TEXT] [--rounds N] [--lines N] [--long] [--executable PATH] [--data DIR] [--json]
 *     deno task bench --guard
 *
 * `--only` takes the sections whose names hold the text: warm, ten-times, gzip, cold, minute, first-byte, serve, redis,
 * bloom, sqlite, and with `--long` memory. Data is made once and kept under `--data`. `--guard` is the short form for CI:
 * status 1 where the first bar is missed by far.
 */
import { parseArgs } from "node:util";
import { root } from "./task_flags.ts";
import { bloomSection } from "./bloom_section.ts";
import { coldSection } from "./cold_section.ts";
import { figureTable } from "./figure_table.ts";
import type { Figure } from "./figure.ts";
import { firstByteSection } from "./first_byte_section.ts";
import { guard, guardLines, guardRounds } from "./guard.ts";
import { gzipSection } from "./gzip_section.ts";
import { isMet } from "./is_met.ts";
import { describeMachine } from "./machine.ts";
import { machineText } from "./machine_text.ts";
import { memorySection } from "./memory_section.ts";
import { minuteSection } from "./minute_section.ts";
import { redisSection } from "./redis_section.ts";
import type { Section } from "./section.ts";
import { sqliteSection } from "./sqlite_section.ts";
import { serveSection } from "./serve_section.ts";
import { spreadOf } from "./spread.ts";
import { Surroundings } from "./surroundings.ts";
import { tenTimesSection } from "./ten_times_section.ts";
import { warmSection } from "./warm_section.ts";

const sections: readonly Section[] = [
  warmSection,
  tenTimesSection,
  gzipSection,
  coldSection,
  minuteSection,
  firstByteSection,
  serveSection,
  redisSection,
  bloomSection,
  sqliteSection,
  memorySection,
];

const { values } = parseArgs({
  options: {
    data: { type: "string", default: `${root}.sluice/bench` },
    executable: { type: "string" },
    guard: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    lines: { type: "string" },
    long: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    rounds: { type: "string" },
  },
});
const started = performance.now();
const say = (message: string) =>
  console.error(
    `${((performance.now() - started) / 1000).toFixed(1).padStart(7)} s  ${message}`,
  );

await using surroundings = await Surroundings.open({
  data: await Deno.realPath(values.data).catch(() => values.data),
  executable: values.executable === undefined ? undefined : await Deno.realPath(values.executable),
  isLong: values.long,
  lines: wholeNumber(
    "lines",
    values.lines,
    values.guard ? guardLines : 1_000_000,
    1_000,
  ),
  rounds: wholeNumber(
    "rounds",
    values.rounds,
    values.guard ? guardRounds : 5,
    1,
  ),
  say,
});
const machine = await describeMachine(surroundings.redisName);
const figures: Figure[] = [];
if (values.guard) figures.push(await guard(surroundings));
else {
  for (const section of sections) {
    if (
      !section.name.includes(values.only) || (section.isLong && !values.long)
    ) continue;
    figures.push(...await section.run(surroundings));
  }
}
if (values.json) {
  const all = figures.map((figure) => ({
    ...figure,
    ...spreadOf(figure.values),
    isMet: isMet(figure),
  }));
  console.log(JSON.stringify({ machine, figures: all }, undefined, 2));
} else console.log(`${machineText(machine)}\n${figureTable(figures)}`);
if (values.guard && !figures.every(isMet)) Deno.exitCode = 1;

function wholeNumber(
  name: string,
  text: string | undefined,
  otherwise: number,
  min: number,
): number {
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(number) || number < min) {
    throw new RangeError(
      `Cannot measure: --${name} must be a whole number from ${min} on, not ${text}`,
    );
  }
  return number;
}
