/** Where the answers to distinct keys came from, window by window. */
export interface KeyCounts {
  /** All keys: local + hits + asked + what shortcuts took. */
  seen: number;
  /** In this process's memory, or claimed by it already. */
  local: number;
  /** Found in the cache. */
  hits: number;
  /** Asked of the model. */
  asked: number;
  /** Given another question's answer by a shortcut; absent while 0. */
  cluster?: number;
  /** Skipped by a shortcut, since they are rare; absent while 0. */
  rare?: number;
}

/** Keys that a shortcut has answered or skipped. */
export function shortcutKeys({ cluster = 0, rare = 0 }: KeyCounts): number {
  return cluster + rare;
}

/** Adds keys to several counts: those of the process, of the object and of the batch. */
export function countKeys(counted: readonly KeyCounts[], what: keyof KeyCounts, keys: number): void {
  for (const counts of counted) counts[what] = (counts[what] ?? 0) + keys;
}
