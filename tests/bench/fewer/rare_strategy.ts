import { CountMinSketch } from "../../../lib/shortcuts/count_min_sketch.ts";
import { RarePairs } from "../../../lib/shortcuts/rare_pairs.ts";
import { shortcutStrategy } from "./shortcut_strategy.ts";

/** Pairs of one record get null; the counts are kept from run to run. */
export const rareStrategy = shortcutStrategy(
  { name: "rare", setting: "--rare skip" },
  () => ({
    shortcut: new RarePairs({
      below: 2,
      probability: 0,
      sketch: new CountMinSketch(16 * 1024 ** 2),
    }),
  }),
);
