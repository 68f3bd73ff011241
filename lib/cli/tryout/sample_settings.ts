import { storeSettings } from "../../stores/store_settings.ts";
import { type Settings, type Values, whole } from "../../settings/setting.ts";

/** The flags of `sluice sample`. */
export const sampleSettings = {
  to: storeSettings.to,
  records: whole({ help: "Records in all", min: 1, max: 1e12, default: 200_000 }),
  perObject: whole({
    help: "Records in an object; the last one gets the rest",
    min: 1,
    max: 1e12,
    default: 20_000,
  }),
  pairs: whole({
    help: "Distinct pairs of company and title, at most as many as records",
    min: 1,
    max: 1e9,
    defaultText: "17000, or the number of records",
  }),
  seed: whole({ help: "Same seed, same bytes", min: 0, max: 2 ** 31 - 1, default: 1 }),
} satisfies Settings;

export type SampleOptions = Values<typeof sampleSettings>;
