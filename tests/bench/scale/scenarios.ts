import { measuredParts } from "./measured_parts.ts";
import type { FleetLoad, FleetParts } from "./simulate_fleet.ts";

/** A size of the job, and what it is met with. */
export interface Scenario {
  readonly name: string;
  readonly load: FleetLoad;
  readonly parts: FleetParts;
  /** For how long the figures are: a day of a stream, or the whole of a backfill. */
  readonly per: "day" | "all";
}

/** Lines of the past year, and the distinct pairs among them, as the users of the main job counted them. */
const yearLines = 1.8e9, yearKeys = 20e6;
/** The same of one file of theirs. */
const fileLines = 5_445, fileKeys = 1_089;
/** A minute's file at 8 million lines a day. */
const minuteLines = 5_555;

/**
 * How many keys are distinct among the first so many lines: Heaps' law through one file and the past year, k·n^β with
 * β = ln(K₂/K₁) / ln(n₂/n₁) (H. S. Heaps, Information Retrieval, 1978).
 */
export function distinctKeys(lines: number): number {
  const exponent = Math.log(yearKeys / fileKeys) /
    Math.log(yearLines / fileLines);
  return fileKeys * (lines / fileLines) ** exponent;
}

/** Lines of 270 bytes that a worker with so many MiB for records in flight holds. */
const linesIn = (mib: number) => Math.floor(mib * 1024 ** 2 / 270);

const stream = (minuteFiles: number): FleetLoad => ({
  objects: 1_440 * minuteFiles,
  linesPerObject: minuteLines,
  everySeconds: 60 / minuteFiles,
  distinctKeys,
  linesBefore: yearLines * minuteFiles,
});

/** Larger objects and steps for the larger one, so that it is played in seconds. */
const backfill = (lines: number, linesPerObject: number): FleetLoad => ({
  objects: Math.round(lines / linesPerObject),
  linesPerObject,
  everySeconds: 0,
  distinctKeys,
  linesBefore: 0,
});

/** What {@linkcode scaleTable} has a row for. */
export const scenarios: readonly Scenario[] = [
  {
    name: "8 million lines a day",
    per: "day",
    load: stream(1),
    parts: measuredParts,
  },
  {
    name: "1.8 billion, with the defaults",
    per: "all",
    load: backfill(yearLines, minuteLines),
    parts: measuredParts,
  },
  {
    name: "1.8 billion, `--max-in-flight 256MiB`",
    per: "all",
    load: backfill(yearLines, minuteLines),
    parts: {
      ...measuredParts,
      maxLinesInFlight: linesIn(256),
      maxOpenObjects: 200,
    },
  },
  {
    name: "800 million lines a day",
    per: "day",
    load: stream(100),
    parts: { ...measuredParts, workers: 2 },
  },
  {
    name: "180 billion, four workers",
    per: "all",
    load: backfill(yearLines * 100, minuteLines * 100),
    parts: {
      ...measuredParts,
      workers: 4,
      linesPerStep: 50_000,
      maxLinesInFlight: linesIn(256),
    },
  },
  {
    name: "180 billion, four workers, a model at 10 calls/s",
    per: "all",
    load: backfill(yearLines * 100, minuteLines * 100),
    parts: {
      ...measuredParts,
      workers: 4,
      callsPerSecond: 10,
      linesPerStep: 50_000,
      maxLinesInFlight: linesIn(1_024),
      maxOpenObjects: 50,
    },
  },
];
