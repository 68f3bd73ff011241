import type { Section } from "./section.ts";
import type { Surroundings } from "./surroundings.ts";
import type { S3Report } from "./s3_report.ts";

/** Warm, S3 to S3, whole processes: against `JSON.parse` alone, the per-line program, and copying the bytes. */
export const warmSection: Section = {
  name: "warm",
  async run(surroundings) {
    const { whole } = surroundings.data.parts;
    surroundings.options.say("warm: both programs get to know the answers");
    await surroundings.sluice("whole", whole);
    await perLine(surroundings);
    const rounds = await surroundings.rounds("warm", async (round) => ({
      parse: await parseAlone(surroundings),
      sluice: await warmRun(surroundings),
      perLine: await perLine(surroundings),
      copy: await copy(surroundings, round),
    }));
    const of = (value: (round: typeof rounds[number]) => number) => rounds.map(value);
    return [
      {
        name: "warm, S3 to S3, lines/s against JSON.parse alone",
        unit: "",
        values: of(({ parse, sluice }) => parse.seconds / sluice.seconds),
        bar: { atLeast: 0.18, aim: 0.4 },
      },
      {
        name: "  the same by CPU time, Sluice's start included",
        unit: "",
        values: of(({ parse, sluice }) => parse.seconds / sluice.cpuSeconds),
      },
      {
        name: "warm, lines/s against the per-line program",
        unit: "",
        values: of(({ perLine, sluice }) => perLine.seconds / sluice.seconds),
        bar: { atLeast: 3.5, aim: 8 },
      },
      {
        name: "warm, against copying the bytes",
        unit: "",
        values: of(({ copy, sluice }) => copy.seconds / sluice.seconds),
      },
      {
        name: "  Sluice",
        unit: "lines/s",
        values: of(({ sluice }) => whole.lines / sluice.seconds),
      },
      {
        name: "  JSON.parse alone",
        unit: "lines/s",
        values: of(({ parse }) => whole.lines / parse.seconds),
      },
      {
        name: "  the per-line program",
        unit: "lines/s",
        values: of(({ perLine }) => whole.lines / perLine.seconds),
      },
      {
        name: "  copying",
        unit: "lines/s",
        values: of(({ copy }) => whole.lines / copy.seconds),
      },
      {
        name: "  Sluice's CPU time",
        unit: "s",
        values: of(({ sluice }) => sluice.cpuSeconds),
      },
      {
        name: "  the per-line program's CPU time",
        unit: "s",
        values: of(({ perLine }) => perLine.cpuSeconds),
      },
      {
        name: "  Sluice's peak memory",
        unit: "MB",
        values: of(({ sluice }) => sluice.peakRssBytes / 1e6),
      },
      {
        name: "  the per-line program's peak memory",
        unit: "MB",
        values: of(({ perLine }) => perLine.peakRssBytes / 1e6),
      },
    ];
  },
};

/** A run on the whole data that asks nothing. */
export async function warmRun(surroundings: Surroundings) {
  const run = await surroundings.sluice("whole", surroundings.data.parts.whole);
  if (run.summary.model.calls > 0) {
    throw new Error(
      `Cannot count a warm run: it made ${run.summary.model.calls} calls`,
    );
  }
  return run;
}

/** `JSON.parse` over all lines of the whole data: the seconds in the loop only. */
export async function parseAlone(
  surroundings: Surroundings,
): Promise<{ seconds: number }> {
  const { folder } = surroundings.data;
  const { stdout } = await surroundings.deno(
    "tests/bench/parse_alone_main.ts",
    [`${folder}/whole`],
  );
  return JSON.parse(stdout);
}

async function perLine(surroundings: Surroundings) {
  const { data: { parts: { whole } }, redisUrl } = surroundings;
  const run = await surroundings.deno("tests/bench/per_line_main.ts", [
    "whole/",
    "per-line/",
    redisUrl,
  ]);
  const { lines } = JSON.parse(run.stdout);
  const { writtenObjects } = await surroundings.s3.report<S3Report>();
  if (lines !== whole.lines || writtenObjects !== whole.objects) {
    throw new Error(
      `Cannot count the per-line program: it wrote ${lines} of ${whole.lines} lines`,
    );
  }
  return run;
}

async function copy(surroundings: Surroundings, round: number) {
  const { whole } = surroundings.data.parts;
  const run = await surroundings.deno("tests/bench/copy_main.ts", [
    "whole/",
    `copy-${round}/`,
  ]);
  const { writtenBytes } = await surroundings.s3.report<S3Report>();
  if (writtenBytes !== whole.bytes) {
    throw new Error(
      `Cannot count the copy: it wrote ${writtenBytes} of ${whole.bytes} bytes`,
    );
  }
  return run;
}
