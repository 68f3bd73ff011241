import { normalizedWay } from "./normalized_way.ts";

/** Abbreviations, gender markers, numbers, places and work modes of titles. */
export const titlesWay = { ...normalizedWay("titles"), name: "titles" };
