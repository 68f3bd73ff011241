import * as v from "valibot";
import { pick, withoutFlags } from "../../settings/sections.ts";
import { optional, text, whole } from "../../settings/setting.ts";
import { command } from "../command.ts";
import { percentage } from "../settings/percentage.ts";
import { sections } from "../settings/sections.ts";

const { source, job, recipe, records, model, cache, concurrency, s3, output } = sections;

export const warmSections = {
  source: pick(source, "include", "exclude", "since", "until", "idleTimeout"),
  job: pick(job, "grace"),
  recipe,
  records,
  model: {
    ...model,
    url: optional(model.url, { help: `${model.url.help}; not needed with --from-output` }),
  },
  cache: { ...pick(cache, "url", "ca", "timeout", "layout", "ttl"), ...withoutFlags(pick(cache, "memory")) },
  concurrency: pick(concurrency, "objects"),
  s3: pick(s3, "ca", "timeout"),
  output: {
    ...pick(output, "json", "quiet"),
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

export const warmCommand = command({
  name: "warm",
  describe: "Fills the cache ahead of a run, at a share of the model's rate limit or from an earlier output.",
  settings: warmSections,
  flags: warmFlags,
  examples: `Examples:
  The 100,000 most frequent pairs, before a new version of the model is used:
    sluice warm --from s3://raw/postings/ --top 100000 --model grpc://model:50051 --model-version 2 \\
      --cache redis://cache:6379
  A list of pairs, at a tenth of the model's rate limit:
    sluice warm --pairs companies.csv --idle-share 90% --model grpc://model:50051 --cache redis://cache:6379
  Restore a lost cache from the outputs of earlier runs, for free:
    sluice warm --from-output s3://mod/postings/ --cache redis://cache:6379
--from, --pairs, --from-output and the other options above are read from the command line only.

Exit status:
  0  everything is done
  1  some pair has no answer, some object cannot be read, or --max-questions was reached
  2  the command line or a setting cannot be used
  130, 143  stopped by SIGINT, SIGTERM: the answers so far are kept`,
  run: async (config, io) => (await import("./warm.ts")).warm(config, io),
});
