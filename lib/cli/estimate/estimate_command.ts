import * as v from "valibot";
import { s3AccessSettings } from "../../stores/store_settings.ts";
import { pick } from "../../settings/sections.ts";
import { optional } from "../../settings/setting.ts";
import { command } from "../command.ts";
import { sections } from "../settings/sections.ts";
import { percentage } from "../settings/percentage.ts";

const { source, destination, job, recipe, records, shortcuts, model, cache, concurrency } = sections;
const { postgres, service, output } = sections;

export const estimateCommand = command({
  name: "estimate",
  describe: "Estimates the cost of a run with the same settings, without calling the model.",
  settings: {
    source,
    destination: {
      url: optional(destination.url, {
        help: "Destination of the outputs: objects that are processed are skipped; without it, none is",
      }),
      ...pick(destination, "maxRejects"),
    },
    job: pick(job, "force", "limit", "ledger"),
    recipe,
    records,
    // Outputs with shortcuts differ from those without. What shortcuts save is not estimated.
    shortcuts: pick(
      shortcuts,
      ...["provenance", "cluster", "agreement", "agreementSample", "rare", "rareBelow"] as const,
    ),
    model: {
      ...pick(model, "url", "callsPerSecond", "maxQuestions", "maxCallQuestions", "maxCallBytes"),
      url: optional(model.url, {
        help:
          "The model of the run; only whether it is reference: matters, and Sluice does not connect to it",
      }),
    },
    cache: pick(cache, "url", "ca", "timeout", "layout", "ttl", "bloom"),
    concurrency: pick(concurrency, "objects"),
    s3: s3AccessSettings,
    postgres,
    service: { pricePer1000: { ...service.pricePer1000, help: "Price of 1,000 questions, in any currency" } },
    output: {
      ...pick(output, "json", "quiet", "allowEmpty"),
      json: { ...output.json, help: "Print one JSON object in place of text" },
    },
  },
  flags: {
    sample: {
      help: "Read only this share of the objects, evenly, and extrapolate",
      placeholder: "N%",
      default: 1,
      defaultText: "100%",
      json: { type: "string" },
      schema: v.pipe(percentage, v.check((part) => part > 0, "must be above 0%")),
    },
  },
  examples: `Examples:
  What the next run costs, with a model that takes one call per second at 1.50 for 1,000 questions:
    sluice estimate --from s3://raw/postings/ --to s3://mod/postings/ --cache redis://cache:6379 --price-per-1000 1.5
  What a new version of the model costs, for all objects:
    sluice estimate --from s3://raw/postings/ --cache redis://cache:6379 --model-version 2
  A guess, from every tenth object:
    sluice estimate --from s3://raw/postings/ --cache redis://cache:6379 --sample 10%

Exit status:
  0  the figures are complete
  1  some object cannot be read to its end, or the cache or a store cannot be opened
  2  the command line or a setting cannot be used
  4  nothing was found under --from (0 with --allow-empty)`,
  run: async (config, io) => (await import("./estimate.ts")).estimate(config, io),
});
