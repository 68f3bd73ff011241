import type { Section } from "./section.ts";
import { ServerProcess } from "./server_process.ts";
import { uniqueVersion } from "./unique_version.ts";

/** Of `--max-in-flight`, in bytes: what may wait for answers. */
const budgetBytes = 32 * 1024 ** 2;
/** A round takes about 15 s, whatever the machine: the model sees to that. */
const maxRounds = 3;

/** Nothing known, and a model behind gRPC that is held to one call a second. */
export const coldSection: Section = {
  name: "cold",
  async run(surroundings) {
    const { cold } = surroundings.data.parts;
    await using model = await ServerProcess.start("tests/fakes/model_main.ts");
    const rounds = await surroundings.rounds(
      "cold",
      () =>
        surroundings.sluice("cold", cold, [
          "--model",
          model.address,
          "--model-version",
          uniqueVersion(),
        ]),
      Math.min(maxRounds, surroundings.options.rounds),
    );
    const misses = rounds[0]!.summary.keys.asked;
    const fewestCalls = Math.ceil(misses / 1_000);
    return [
      {
        name: `cold, calls for ${misses.toLocaleString("en-US")} misses`,
        unit: "calls",
        values: rounds.map(({ summary }) => summary.model.calls),
        bar: {
          atMost: fewestCalls * 1.02 + Math.ceil(cold.bytes / budgetBytes) + 1,
        },
      },
      {
        name: "cold, time in which a full call waited although the rate allowed it",
        unit: "%",
        values: rounds.map(({ summary }) => 100 * summary.model.idleSeconds / summary.seconds),
        bar: { atMost: 2 },
      },
      {
        name: "  time",
        unit: "s",
        values: rounds.map(({ seconds }) => seconds),
      },
      {
        name: "  time against as many full calls at one a second",
        unit: "",
        values: rounds.map(({ summary }) => summary.seconds / (fewestCalls - 1)),
      },
    ];
  },
};
