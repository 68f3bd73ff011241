/** Answers in a cache when it is measured. */
export function cacheEntries(isLong: boolean): number {
  return isLong ? 1_000_000 : 200_000;
}
