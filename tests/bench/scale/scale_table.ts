import { type Scenario, scenarios } from "./scenarios.ts";
import { type FleetRun, simulateFleet } from "./simulate_fleet.ts";

/** What things cost, in dollars. All but the requests' are guesses to be replaced by one's own. */
export interface Prices {
  /** Of 1,000 GETs, and of 1,000 PUTs or LISTs. */
  readonly gets: number;
  readonly puts: number;
  /** Of an hour of one worker: a processor and 512 MiB. */
  readonly workerHour: number;
  /** Of a GB of Redis for an hour. */
  readonly redisGbHour: number;
  /** Of 1,000 questions. */
  readonly questions: number;
}

/** S3 Standard's list prices in us-east-1; the others are round numbers. */
export const defaultPrices: Prices = {
  gets: 0.0004,
  puts: 0.005,
  workerHour: 0.05,
  redisGbHour: 0.02,
  questions: 1,
};

/** Bytes of Redis for an answer, kept without limit in buckets; lines of a window, which is one script. */
const bytesPerAnswer = 13.7, linesPerScript = 1_000;

const head = [
  "the job",
  "workers",
  "hours",
  "busy",
  "questions",
  "calls",
  "a call holds",
  "Redis scripts/s",
  "Redis, all answers",
  "S3 requests",
  "S3",
  "workers and Redis",
  "model",
];

/** The scenarios, played, as rows of Markdown. */
export function scaleTable(prices: Prices = defaultPrices): string {
  const rows = scenarios.map((scenario) =>
    row(scenario, simulateFleet(scenario.load, scenario.parts), prices)
  );
  return [head, head.map((_, i) => i === 0 ? "---" : "--:"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function row(
  { load, name, parts, per }: Scenario,
  run: FleetRun,
  prices: Prices,
): string[] {
  // A day of a stream is a day, however soon its last object is done.
  const hours = per === "day" ? 24 : run.seconds / 3_600;
  const share = per === "day" ? run.busyShare * run.seconds / 86_400 : run.busyShare;
  const answersGb = load.distinctKeys(load.linesBefore + run.lines) *
    bytesPerAnswer / 1e9;
  // An object is read by one GET, written by one PUT, and headed once; pages of listings have 1,000 names, and a stream lists by the minute.
  const lists = per === "day" ? 2 * 1_440 : 2 * load.objects / 1_000;
  const s3 = load.objects * (2 * prices.gets + prices.puts) / 1_000 +
    lists * prices.puts / 1_000;
  return [
    name,
    `${parts.workers}`,
    number(hours),
    `${number(share * 100)} %`,
    number(run.questions),
    number(run.calls),
    number(run.questions / run.calls),
    number(run.lines / linesPerScript / (hours * 3_600)),
    `${number(answersGb)} GB`,
    number(load.objects * 3 + lists),
    dollars(s3),
    dollars(
      hours *
        (parts.workers * prices.workerHour + answersGb * prices.redisGbHour),
    ),
    dollars(run.questions * prices.questions / 1_000),
  ];
}

const rounded = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

function number(value: number): string {
  return rounded.format(value);
}

function dollars(value: number): string {
  return `$${rounded.format(value)}`;
}
