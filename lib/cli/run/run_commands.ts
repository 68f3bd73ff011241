import { pick, withoutFlags } from "../../settings/sections.ts";
import { toggle } from "../../settings/setting.ts";
import { command } from "../command.ts";
import { jobStatusHelp, serviceStatusHelp } from "../exit_status.ts";
import { sections } from "../settings/sections.ts";

const { source, destination, job, recipe, records, shortcuts, model, cache, concurrency } = sections;
const { s3, postgres, watch, fleet, queue, service, output } = sections;

/** What every command takes that takes objects from a source to a destination. */
export const jobSections = { destination, recipe, records, model, cache, concurrency, s3, postgres, fleet };

/** The shortcuts that are part of the recipe. */
export const recipeShortcuts = pick(
  shortcuts,
  ...["provenance", "cluster", "agreement", "agreementSample", "rare", "rareBelow", "rareMemory"] as const,
);

export const runSections = {
  source,
  ...jobSections,
  job,
  shortcuts,
  // The fleet's Redis may be the queue's, whose certificate authorities are used then.
  queue: withoutFlags(pick(queue, "url", "ca")),
  service: pick(service, "listen", "token", "pricePer1000"),
  output: pick(output, "json", "profile", "page", "quiet", "allowRejects", "allowEmpty", "rejects"),
};

export const runCommand = command({
  name: "run",
  describe: "Processes all objects that are not processed yet, then exits.",
  settings: runSections,
  examples: `Examples:
  Postings from S3 to S3, with answers cached in Redis:
    sluice run --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --cache redis://cache:6379
  Try it on a folder, with made-up levels:
    sluice run --from postings --to out --model reference:
  Last week's objects again, with one summary for a program to read:
    sluice run --from in --to out --model grpc://model:50051 --since 2024-07-10 --until 2024-07-17 --force --json
  One of sixteen equal shares, for sixteen machines; in an indexed Kubernetes Job with 16 completions:
    sluice run --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --cache redis://cache:6379 \\
      --shard "$JOB_COMPLETION_INDEX/16"

${jobStatusHelp}`,
  run: async (config, io) => (await import("./run.ts")).run(config, io),
});

export const checkCommand = command({
  name: "check",
  describe:
    "Connects to everything that a run with the same settings would use, reads a few records, and reports what works.",
  settings: {
    source,
    ...jobSections,
    job,
    shortcuts,
    watch: pick(watch, "events"),
    queue: pick(queue, "url", "name", "ca"),
    service: pick(service, "listen", "token", "pricePer1000"),
    output: pick(output, "json", "profile", "page", "quiet", "allowRejects", "allowEmpty", "rejects"),
  },
  flags: {
    probe: toggle({
      help:
        "Also try a write and a conditional write of _sluice-probe-… in the destination; asks the model nothing",
    }),
  },
  examples: `Example:
  sluice check --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --probe

Each line of the output begins with ok, FAILED (with what to do), WARNING, or SKIPPED (not tried, and why). The model gets an
empty call, and no question.

Exit status:
  0  everything works
  1  something does not
  2  the command line or a setting cannot be used
  4  there is nothing to process under --from (0 with --allow-empty)`,
  run: async ({ flags, ...config }, io) => (await import("./check.ts")).check(config, flags, io),
});

export const watchCommand = command({
  name: "watch",
  describe: "Like run, but keeps running and processes new objects as they arrive.",
  settings: {
    source: pick(source, "url", "include", "exclude", "since", "until", "skipArchived", "idleTimeout"),
    ...jobSections,
    job: pick(job, "grace", "ledger"),
    shortcuts: recipeShortcuts,
    watch,
    queue: withoutFlags(pick(queue, "url", "ca")),
    service: pick(service, "listen", "token", "pricePer1000"),
    output: pick(output, "logFormat", "logLevel"),
  },
  examples: `Examples:
  New postings, found by listing every 30 s; the page is at http://127.0.0.1:8787/:
    sluice watch --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --cache redis://cache:6379
  Found by the bucket's event notifications instead:
    sluice watch --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 \\
      --events sqs://sqs.eu-central-1.amazonaws.com/123456789012/postings

${serviceStatusHelp}`,
  endsByStop: true,
  run: async (config, io) => (await import("./watch.ts")).watch(config, io),
});
