/** Where the answers to an object's distinct keys, window by window, came from. */
export interface KeyCounts {
  /** Keys seen: local + hits + asked, and what was answered or passed over by a shortcut. */
  seen: number;
  /** Known to this process, or on their way already. */
  local: number;
  /** Found in the cache. */
  hits: number;
  /** Asked of the model. */
  asked: number;
  /** Answered by another title's answer; absent as long as there are none. */
  cluster?: number;
  /** Passed over, since they are rare; absent as long as there are none. */
  rare?: number;
}

/** Keys that a shortcut has answered or passed over. */
export function shortcutKeys({ cluster = 0, rare = 0 }: KeyCounts): number {
  return cluster + rare;
}
