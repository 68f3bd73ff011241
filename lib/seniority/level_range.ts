/** Lowest and highest level that is an answer: 1 entry to 7 senior executive. */
export const levelRange = { min: 1, max: 7 } as const;

/** Whether a value is a level. */
export function isLevel(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= levelRange.min &&
    (value as number) <= levelRange.max;
}
