import { NearTitles } from "../../../lib/shortcuts/near_titles.ts";
import { shortcutStrategy } from "./shortcut_strategy.ts";

/** Near titles share an answer; what is learnt of them is kept from run to run, as in a watch. */
export const clusterStrategy = shortcutStrategy(
  { name: "cluster", setting: "--cluster" },
  () => ({
    shortcut: new NearTitles({
      target: 0.99,
      sampleShare: 0.05,
      onChange: () => {},
    }),
  }),
);
