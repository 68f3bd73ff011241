import * as v from "valibot";

const message = "must be a percentage from 0% to 100%";

/** What checks a percentage, as in `12.5%`; the value is a part of 1. */
export const percentage = v.pipe(
  v.string(message),
  v.trim(),
  v.regex(/^(?:100|\d{1,2}(?:\.\d+)?)%$/, message),
  v.transform((text) => Number(text.slice(0, -1)) / 100),
);
