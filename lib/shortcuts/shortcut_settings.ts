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

/** Ways that can change an answer, or leave it out; and what tells which it was. All are off unless set. */
export const shortcutSettings = {
  provenance: text({
    help: "Field that says where a record's answer came from: model, cache, cluster or rare",
    placeholder: "FIELD",
  }),
  cluster: toggle({
    help:
      "Titles of one company that are near each other share an answer; words that carry a level keep them apart",
  }),
  agreement: amount({
    help: "Share of near titles that must have the same answer, 0.5 to 0.9999, by a lower confidence bound",
    min: 0.5,
    max: 0.9999,
    default: 0.99,
  }),
  agreementSample: amount({
    help: "Share of near titles that is asked all the same, to measure this, 0.001 to 1",
    min: 0.001,
    max: 1,
    default: 0.05,
  }),
  rare: {
    help:
      "Pairs that few records have: ask, skip (they get null), or the probability with which one is asked",
    placeholder: "ask|skip|PROBABILITY",
    default: 1,
    defaultText: "ask",
    schema: rare,
  },
  rareBelow: whole({
    help: `A pair is rare as long as fewer records than this had it, 2 to ${maxSketchCount}`,
    min: 2,
    max: maxSketchCount,
    default: 2,
  }),
  rareMemory: bytes({
    help: "Memory, and file, that counts which pair was seen how often",
    min: 64 * 1024,
    max: 1024 ** 3,
    default: 16 * 1024 ** 2,
  }),
  fill: toggle({ help: "Do those outputs again that hold null for rare pairs, and ask about all of these" }),
} satisfies Settings;
