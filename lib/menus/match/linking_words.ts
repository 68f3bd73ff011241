/** Words that say nothing about the name that they stand in, and are small in titles. */
export const linkingWords: ReadonlySet<string> = new Set(
  ["a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "the", "to", "with"],
);
