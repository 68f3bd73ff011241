import { normalizedStrategy } from "./normalized_strategy.ts";

/** Case, white space and Unicode forms. */
export const foldStrategy = {
  ...normalizedStrategy("fold"),
  name: "case and white space",
};
