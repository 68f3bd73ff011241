import { NearTitles } from "../../../lib/shortcuts/near_titles.ts";
import { shortcutWay } from "./shortcut_way.ts";

/** Near titles share an answer; what is learnt of them is kept from run to run, as in a watch. */
export const clusterWay = shortcutWay(
  { name: "cluster", setting: "--cluster" },
  () => ({
    shortcut: new NearTitles({
      target: 0.99,
      sampleShare: 0.05,
      onChange: () => {},
    }),
  }),
);
