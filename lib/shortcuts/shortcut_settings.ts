import * as v from "valibot";
import { amount, bytes, type Settings, text, toggle, whole } from "../settings/setting.ts";
import { maxSketchCount } from "./count_min_sketch.ts";

const rareMessage = "must be ask, skip or a probability from 0 to 1";

/** Share of the rare pairs that are asked. */
const rare = v.pipe(
  v.union([v.number(rareMessage), v.string(rareMessage)], rareMessage),
  v.transform((given) => {
    const written = String(given).trim();
    if (written === "ask") return 1;
    if (written === "skip") return 0;
    return written === "" ? NaN : Number(written);
  }),
  v.check((share) => share >= 0 && share <= 1, rareMessage),
);

/** Approximations that save calls and can change an answer, or leave it out. All are off by default. */
export const shortcutSettings = {
  provenance: text({
    help: "Field to write where a record's answer came from: model, cache, cluster or rare",
    placeholder: "FIELD",
  }),
  cluster: toggle({
    help:
      "Share answers among similar titles of the same company; titles that differ in a word for a level are kept apart",
  }),
  agreement: amount({
    help:
      "Share of similar titles that must have the same answer, 0.5 to 0.9999, as a lower confidence bound",
    min: 0.5,
    max: 0.9999,
    default: 0.99,
  }),
  agreementSample: amount({
    help: "Share of similar titles that the model is asked about anyway, to measure --agreement, 0.001 to 1",
    min: 0.001,
    max: 1,
    default: 0.05,
  }),
  rare: {
    help:
      "Pairs that few records have: ask the model, skip (the answer is null), or the probability of asking",
    placeholder: "ask|skip|PROBABILITY",
    default: 1,
    defaultText: "ask",
    json: { anyOf: [{ enum: ["ask", "skip"] }, { type: "number", minimum: 0, maximum: 1 }] },
    schema: rare,
  },
  rareBelow: whole({
    help: `A pair is rare while fewer records than this had it, 2 to ${maxSketchCount}`,
    min: 2,
    max: maxSketchCount,
    default: 2,
  }),
  rareMemory: bytes({
    help: "Memory, and size of the file, for counting how often each pair was seen",
    min: 64 * 1024,
    max: 1024 ** 3,
    default: 16 * 1024 ** 2,
  }),
  fill: toggle({ help: "Reprocess outputs that hold null for rare pairs, and ask about all of these pairs" }),
} satisfies Settings;
