/** Where an answer came from. */
export type Origin =
  /** The model was asked in this process, and this record waited for it. */
  | "model"
  /** It was in this process's memory, or in the cache. */
  | "cache"
  | ShortcutOrigin;

/** Which shortcut answered. */
export type ShortcutOrigin =
  /** Another question's answer was taken for it. */
  | "cluster"
  /** The question was skipped, since it is rare: there is no answer. */
  | "rare";
