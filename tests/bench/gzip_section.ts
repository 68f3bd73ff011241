import type { Section } from "./section.ts";

/** The same objects compressed and plain, both warm. */
export const gzipSection: Section = {
  name: "gzip",
  async run(surroundings) {
    const { gzip, plain } = surroundings.data.parts;
    surroundings.options.say("gzip: the answers get known");
    await surroundings.sluice("plain", plain);
    const rounds = await surroundings.rounds("gzip", async () => ({
      plain: await surroundings.sluice("plain", plain),
      gzip: await surroundings.sluice("gzip", gzip),
    }));
    return [
      {
        name: ".gz sources, lines/s against plain ones",
        unit: "",
        values: rounds.map(({ plain, gzip }) => plain.seconds / gzip.seconds),
        bar: { atLeast: 0.5 },
      },
      {
        name: "  .gz sources",
        unit: "lines/s",
        values: rounds.map(({ gzip: { seconds } }) => gzip.lines / seconds),
      },
    ];
  },
};
