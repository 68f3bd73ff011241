import * as v from "valibot";
import { s3AccessSettings } from "../../stores/store_settings.ts";
import { pick, withoutFlags } from "../../settings/sections.ts";
import { optional, text, whole } from "../../settings/setting.ts";
import { trustModelSettings } from "../cache/trust_model.ts";
import { percentage } from "../settings/percentage.ts";
import { sections } from "../settings/sections.ts";

const { source, destination, job, recipe, records, model, cache, concurrency, output } = sections;

export const warmSections = {
  source: pick(source, "include", "exclude", "since", "until", "skipArchived", "idleTimeout"),
  destination: pick(destination, "maxRejects"),
  job: pick(job, "grace"),
  recipe,
  records,
  model: {
    ...model,
    url: optional(model.url, { help: `${model.url.help}; not needed with --from-output` }),
  },
  cache: {
    ...pick(cache, "url", "ca", "timeout", "required", "layout", "ttl"),
    ...withoutFlags(pick(cache, "memory")),
  },
  concurrency: pick(concurrency, "objects"),
  s3: s3AccessSettings,
  output: {
    ...pick(output, "json", "quiet", "allowEmpty"),
    json: { ...output.json, help: "Print one JSON object in place of text" },
  },
};

export const warmFlags = {
  from: optional(source.url, {
    help: "Ask about the pairs of these objects' records, most frequent ones first",
  }),
  pairs: text({
    help:
      "Ask about the pairs of this file, in its order: JSON lines, or CSV if it ends in .csv; plain or gzip",
    placeholder: "PATH",
  }),
  fromOutput: optional(source.url, {
    help: "Take the answers from these objects, the --to of a run, without calling the model",
  }),
  ...trustModelSettings,
  top: whole({
    help: "Ask about at most N pairs that are not cached",
    min: 1,
    max: 1e12,
    defaultText: "all",
  }),
  idleShare: {
    help: "Share of the model's rate limit to leave to other traffic",
    placeholder: "N%",
    default: 0.5,
    defaultText: "50%",
    json: { type: "string" },
    schema: v.pipe(percentage, v.check((part) => part < 1, "must be below 100%")),
  },
  maxPairs: whole({
    help: "Pairs held in memory, about 200 bytes each",
    min: 1,
    max: 1e8,
    default: 1_000_000,
  }),
};
