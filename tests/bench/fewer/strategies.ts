import { cacheStrategy } from "./cache_strategy.ts";
import { clusterStrategy } from "./cluster_strategy.ts";
import { exactStrategy } from "./exact_strategy.ts";
import { foldStrategy } from "./fold_strategy.ts";
import { rareStrategy } from "./rare_strategy.ts";
import { titlesStrategy } from "./titles_strategy.ts";
import type { Strategy } from "./strategy.ts";

/** The rows of the table, in its order. */
export const strategies: readonly Strategy[] = [
  exactStrategy,
  cacheStrategy,
  foldStrategy,
  titlesStrategy,
  clusterStrategy,
  rareStrategy,
];
