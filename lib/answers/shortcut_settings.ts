import { type Settings, text } from "../settings/setting.ts";

/** Ways that can change an answer, or leave it out; and what tells which it was. All are off unless set. */
export const shortcutSettings = {
  provenance: text({
    help: "Field that says where a record's answer came from: model, cache, cluster or rare",
    placeholder: "FIELD",
  }),
} satisfies Settings;
