import * as v from "valibot";
import { modelSettings } from "../../models/model_settings.ts";
import { type Settings, text, type Values, whole } from "../../settings/setting.ts";
import { table } from "../settings/table.ts";
import { storeSettings } from "../../stores/store_settings.ts";
import { outputSettings } from "../settings/output_settings.ts";
import { percentage } from "../estimate/percentage.ts";

const { from: _from, to: _to, ...ofRuns } = table;
const { required: _required, ...model } = modelSettings.model;
const { required: _place, ...from } = storeSettings.from;

/** What `sluice warm` takes of a run's settings; more than it shows, to be made of the same parts as a run. */
export const warmSettings = {
  ...ofRuns,
  model: { ...model, help: `${model.help}; not needed with --from-output` },
  json: { ...outputSettings.json, help: "One JSON object in place of text" },
} satisfies Settings;

const shown = [
  ...["include", "exclude", "since", "until", "grace", "maxQuestions"],
  ...["companyField", "titleField", "outputField", "modelName", "modelVersion", "normalize", "csvDelimiter"],
  ...Object.keys(modelSettings),
  ...["modelCallsPerSecond", "modelPatience", "maxRefusals"],
  ...["maxInFlightCalls", "maxCallQuestions", "maxCallBytes"],
  ...["cache", "cacheCa", "cacheTimeoutSeconds", "cacheLayout", "ttl"],
  ...["idleTimeout", "maxExpansion", "objects", "lines", "windowRecords", "windowBytes", "maxLineBytes"],
  ...["s3Ca", "s3Timeout", "json", "quiet"],
];

/** Those of them that `--help` shows. */
export const shownWarmSettings: Settings = Object.fromEntries(
  Object.entries(warmSettings).filter(([name]) => shown.includes(name)),
);

/** The flags of `sluice warm` that are no settings. */
export const warmFlags = {
  from: { ...from, help: "Ask about the pairs of these objects' records, most frequent ones first" },
  pairs: text({
    help:
      "Ask about the pairs of this file, in its order: JSON lines, or CSV where it ends in .csv; plain or gzip",
    placeholder: "PATH",
  }),
  fromOutput: {
    ...from,
    help: "Ask nothing, and take the answers out of these objects: what sluice run had as --to",
  },
  top: whole({
    help: "So many pairs at most, of those that the cache does not know",
    min: 1,
    max: 1e12,
    defaultText: "all",
  }),
  idleShare: {
    help: "How much of the model's rate is left to others",
    placeholder: "N%",
    default: 0.5,
    defaultText: "50%",
    schema: v.pipe(percentage, v.check((part) => part < 1, "must be below 100%")),
  },
  maxPairs: whole({
    help: "Pairs held in memory, some 200 bytes each",
    min: 1,
    max: 1e8,
    default: 1_000_000,
  }),
} satisfies Settings;

export type WarmCommandOptions = Values<typeof warmSettings> & Values<typeof warmFlags>;
