import type { Figure } from "./figure.ts";
import type { Section } from "./section.ts";
import { ServerProcess } from "./server_process.ts";
import type { SluiceRun } from "./surroundings.ts";
import { uniqueVersion } from "./unique_version.ts";

/** Largest resident memory of runs that tempt a program to hold more and more. */
export const memorySection: Section = {
  name: "memory",
  isLong: true,
  async run(surroundings) {
    const { whole } = surroundings.data.parts;
    surroundings.options.say("memory: the answers get known");
    await surroundings.sluice("whole", whole);
    const warm = await surroundings.rounds("memory", async () => ({
      large: await surroundings.sluice("large", undefined),
      many: await surroundings.sluice("many", undefined),
    }));
    await using model = await ServerProcess.start(
      "tests/fakes/model_main.ts",
      "--delay-ms",
      "30000",
    );
    const slow = await surroundings.rounds(
      "memory, slow model",
      () =>
        surroundings.sluice("plain", surroundings.data.parts.plain, [
          ...["--model", model.address, "--model-version", uniqueVersion()],
        ]),
      1,
    );
    return [
      peakMemory(
        "peak memory, one object of 2 GB",
        warm.map(({ large }) => large),
      ),
      peakMemory(
        "peak memory, 2,000 objects of 1 MB",
        warm.map(({ many }) => many),
      ),
      peakMemory("peak memory, a model that answers after 30 s", slow),
    ];
  },
};

function peakMemory(name: string, runs: readonly SluiceRun[]): Figure {
  const values = runs.map(({ summary }) => summary.peakRssBytes / 1e6);
  return { name, unit: "MB", values, bar: { atMost: 250 } };
}
