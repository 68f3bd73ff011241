/** What `minute_main.ts` measures: one value for each object. */
export interface MinuteTimes {
  /** All pairs are in the cache, some in the process. */
  readonly warmMs: readonly number[];
  /** Some pairs are new. */
  readonly newMs: readonly number[];
  readonly newCalls: readonly number[];
}
