import { normalizedWay } from "./normalized_way.ts";

/** Case, white space and Unicode forms. */
export const foldWay = {
  ...normalizedWay("fold"),
  name: "case and white space",
};
