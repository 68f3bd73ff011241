import type { Section } from "./section.ts";
import { warmRun } from "./warm_section.ts";

/** Ten times the lines, objects' sizes and pairs, both warm. */
export const tenTimesSection: Section = {
  name: "ten-times",
  async run(surroundings) {
    const { tenth, whole } = surroundings.data.parts;
    surroundings.options.say("ten-times: the answers get known");
    await surroundings.sluice("whole", whole);
    await surroundings.sluice("tenth", tenth);
    const rounds = await surroundings.rounds("ten-times", async () => ({
      whole: await warmRun(surroundings),
      tenth: await surroundings.sluice("tenth", tenth),
    }));
    return [
      {
        name: `ten times the lines: ${tenth.lines.toLocaleString("en-US")} and ${
          whole.lines.toLocaleString("en-US")
        }, time against time`,
        unit: "",
        values: rounds.map(({ whole, tenth }) => whole.seconds / tenth.seconds),
        bar: { atMost: 10.5 },
      },
      {
        name: "  the tenth",
        unit: "s",
        values: rounds.map(({ tenth }) => tenth.seconds),
      },
    ];
  },
};
