import type { S3Report } from "./s3_report.ts";
import type { Section } from "./section.ts";
import { taskFlags } from "./task_flags.ts";

/** From starting a run to the arrival of its first GET of an object at S3. */
export const firstByteSection: Section = {
  name: "first-byte",
  async run(surroundings) {
    const { data: { parts }, options: { executable } } = surroundings;
    const firstByte = async (program?: string) => {
      const args = surroundings.sluiceArgs("minutes", ["--limit", "1"]);
      const run = program === undefined
        ? await surroundings.deno("main.ts", args, taskFlags().v8)
        : await surroundings.program(program, args);
      const { firstReadMs } = await surroundings.s3.report<S3Report>();
      if (firstReadMs === undefined) {
        throw new Error("Cannot time the first read: there was none");
      }
      return (firstReadMs - run.startedMs) / 1000;
    };
    surroundings.options.say("first-byte: the answers get known");
    await surroundings.sluice("minutes", parts.minutes);
    const rounds = await surroundings.rounds("first-byte", async () => ({
      empty: (await surroundings.deno("tests/bench/empty_main.ts", [])).seconds,
      task: await firstByte(),
      executable: executable === undefined ? undefined : await firstByte(executable),
    }));
    const bar = { atMost: 0.4 };
    const task = {
      name: "start to first byte read, as a task",
      unit: "s",
      values: rounds.map(({ task }) => task),
    };
    return [
      ...executable === undefined ? [{ ...task, bar }] : [
        {
          name: "start to first byte read, executable",
          unit: "s",
          values: rounds.map(({ executable }) => executable!),
          bar,
        },
        task,
      ],
      {
        name: "  an empty program, start to end",
        unit: "s",
        values: rounds.map(({ empty }) => empty),
      },
    ];
  },
};
