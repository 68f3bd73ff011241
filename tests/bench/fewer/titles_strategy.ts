import { normalizedStrategy } from "./normalized_strategy.ts";

/** Abbreviations, gender markers, numbers, places and work modes of titles. */
export const titlesStrategy = { ...normalizedStrategy("titles"), name: "titles" };
