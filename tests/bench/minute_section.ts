import { minuteLines, newPairs } from "./bench_data.ts";
import type { MinuteTimes } from "./minute_times.ts";
import type { Section } from "./section.ts";
import { ServerProcess } from "./server_process.ts";
import { spreadOf } from "./spread.ts";
import { taskFlags } from "./task_flags.ts";

/** A minute's file in a running process, with a real Redis, and a model behind gRPC that answers at once. */
export const minuteSection: Section = {
  name: "minute",
  async run(surroundings) {
    await using model = await ServerProcess.start("tests/fakes/model_main.ts");
    const rounds = await surroundings.rounds("minute", async () => {
      const args = [surroundings.redisUrl, model.address];
      const { stdout } = await surroundings.deno(
        "tests/bench/minute_main.ts",
        args,
        taskFlags().v8,
      );
      await surroundings.s3.report();
      return JSON.parse(stdout) as MinuteTimes;
    });
    const file = `a minute's file (${minuteLines.toLocaleString("en-US")} lines)`;
    return [
      {
        name: `${file}, warm: median of its process`,
        unit: "ms",
        values: rounds.map(({ warmMs }) => spreadOf(warmMs).median),
        bar: { atMost: 80 },
      },
      {
        name: `${file}, ${newPairs} new pairs: calls`,
        unit: "calls",
        values: rounds.map(({ newCalls }) => spreadOf(newCalls).max),
        bar: { atMost: 1 },
      },
      {
        name: "  time with new pairs",
        unit: "ms",
        values: rounds.map(({ newMs }) => spreadOf(newMs).median),
      },
      {
        name: "  slowest warm file",
        unit: "ms",
        values: rounds.map(({ warmMs }) => spreadOf(warmMs).max),
      },
    ];
  },
};
