import { type Settings, text } from "../settings/setting.ts";

/** Where finished objects are remembered. */
export const ledgerSettings = {
  ledger: text({
    help: "File that remembers which objects are processed, to save requests; safe to delete",
    placeholder: "PATH",
    default: ".sluice/ledger.db",
  }),
} satisfies Settings;
