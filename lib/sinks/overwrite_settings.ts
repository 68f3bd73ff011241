import { type Settings, toggle } from "../settings/setting.ts";

/** Whether what Sluice did not write is replaced. */
export const overwriteSettings = {
  overwrite: toggle({
    help: "Also replace files at the destination that Sluice did not write; without it, their objects fail",
  }),
} satisfies Settings;
