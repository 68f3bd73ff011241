/** Lowest and highest level that is an answer: 1 entry to 7 senior executive. */
export const levelRange = { min: 1, max: 7 } as const;
