/** The levels' names, from level 1 on. */
export const levelNames = [
  "entry",
  "junior",
  "associate",
  "manager",
  "director",
  "executive",
  "senior executive",
] as const;
