import { command } from "../command.ts";
import { warmFlags, warmSections } from "./warm_settings.ts";

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
  1  some pair has no answer, some object cannot be read or holds another model's answers,
     or --max-questions was reached
  2  the command line or a setting cannot be used
  4  nothing was found to read (0 with --allow-empty)
  130, 143  stopped by SIGINT, SIGTERM: the answers so far are kept`,
  run: async (config, io) => (await import("./warm.ts")).warm(config, io),
});
