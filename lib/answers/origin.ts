/** Where an answer came from. */
export type Origin =
  /** The model was asked in this process, and whoever has this waited for it. */
  | "model"
  /** It was known: to this process's memory, or to the cache. */
  | "cache"
  /** Another title's answer was taken for it: see `near_titles.ts`. */
  | "cluster"
  /** There is none: the question is rare, and was not asked. */
  | "rare";
