import type { Figure } from "./figure.ts";
import type { Surroundings } from "./surroundings.ts";
import { parseAlone, warmRun } from "./warm_section.ts";

/** Lines and rounds that make an answer in less than a minute. */
export const guardLines = 500_000, guardRounds = 3;

/** The first bar in short, set so low that only a change for the worse fails it, and no busy machine. */
export async function guard(surroundings: Surroundings): Promise<Figure> {
  surroundings.options.say("guard: the answers get known");
  await surroundings.sluice("whole", surroundings.data.parts.whole);
  const values = await surroundings.rounds("guard", async () => {
    const parse = await parseAlone(surroundings),
      sluice = await warmRun(surroundings);
    return parse.seconds / sluice.seconds;
  });
  return {
    name: `guard: warm, ${guardLines.toLocaleString("en-US")} lines, lines/s against JSON.parse alone`,
    unit: "",
    values,
    bar: { atLeast: 0.12 },
  };
}
