import { pick, withoutFlags } from "../../settings/sections.ts";
import { toggle } from "../../settings/setting.ts";
import { command } from "../command.ts";
import { jobSections, recipeShortcuts } from "../run/run_commands.ts";
import { sections } from "../settings/sections.ts";

const { source, job, queue, service, output } = sections;

export const replayCommand = command({
  name: "replay",
  describe: "Processes the objects whose outputs have rejects again, once the cause is fixed.",
  settings: {
    source,
    ...jobSections,
    job: pick(job, "grace", "ledger"),
    shortcuts: recipeShortcuts,
    queue: withoutFlags(pick(queue, "url", "ca")),
    service: withoutFlags(pick(service, "pricePer1000")),
    output: pick(output, "json", "quiet", "allowRejects", "allowEmpty"),
  },
  flags: {
    dryRun: toggle({ help: "Only say which objects have how many rejects, and for what reasons" }),
  },
  examples: `Examples:
  What is there to replay:
    sluice replay --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --dry-run
  After a file was fixed, or the model was, with the flags of the run:
    sluice replay --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --cache redis://cache:6379
  After a setting was corrected:
    sluice replay --from in --to out --model grpc://model:50051 --company-field employer

Each object is processed as a whole, from the source, so its output is what a first run would make; answers that
are in the cache are not asked again.

Exit status:
  0  no rejects are left
  1  some object could not be processed
  2  the command line or a setting cannot be used
  3  rejects are left (0 with --allow-rejects)
  4  there are no outputs under --to (0 with --allow-empty)
  130, 143  stopped by SIGINT, SIGTERM`,
  run: async ({ flags, ...config }, io) => (await import("./replay.ts")).replay(config, flags, io),
});
