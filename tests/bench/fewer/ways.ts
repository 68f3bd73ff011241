import { cacheWay } from "./cache_way.ts";
import { clusterWay } from "./cluster_way.ts";
import { exactWay } from "./exact_way.ts";
import { foldWay } from "./fold_way.ts";
import { rareWay } from "./rare_way.ts";
import { titlesWay } from "./titles_way.ts";
import type { Way } from "./way.ts";

/** The rows of the table, in its order. */
export const ways: readonly Way[] = [
  exactWay,
  cacheWay,
  foldWay,
  titlesWay,
  clusterWay,
  rareWay,
];
