import { amount, type Settings, text, type Values, whole } from "../../settings/setting.ts";

/** The flags of `sluice reference-model`. */
export const referenceModelSettings = {
  listen: text({
    help: "Where it is reached; port 0 takes a free one",
    placeholder: "HOST:PORT",
    default: "127.0.0.1:50051",
  }),
  callsPerSecond: amount({
    help: "Calls answered a second; those past it wait",
    min: 0.001,
    max: 100_000,
    defaultText: "no limit",
  }),
  maxBatch: whole({ help: "Questions that a call may hold", min: 1, max: 1e6, default: 1000 }),
} satisfies Settings;

export type ReferenceModelOptions = Values<typeof referenceModelSettings>;
