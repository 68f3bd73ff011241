import { command } from "../command.ts";
import { reportFlags, reportSections } from "./report_settings.ts";

export const reportCommand = command({
  name: "report",
  describe: "Shows, per group, the record count, the mean and median level, and the share of each level.",
  settings: reportSections,
  flags: reportFlags,
  examples: `Examples:
  The largest companies, in the terminal:
    sluice report --from s3://mod/postings/ --by company
  One page to send, with the 50 departments of the highest average level:
    sluice report --from s3://mod/postings/ --by department --sort average --top 50 --to seniority.html
  Every pair of company and country, for a spreadsheet:
    sluice report --from out --by company,location.country --format csv > seniority.csv
--from, --by and the other options above are read from the command line only.

Exit status:
  0  the report is complete
  1  no record can be reported on, or something cannot be read or written
  2  the command line or a setting cannot be used
  4  nothing was found under --from (0 with --allow-empty)`,
  run: async (config, io) => (await import("./report.ts")).report(config, io),
});
