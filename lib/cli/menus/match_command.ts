import { command } from "../command.ts";
import { jobStatusHelp } from "../exit_status.ts";
import { matchFlags, matchSections } from "./match_settings.ts";

export const matchCommand = command({
  name: "match",
  describe:
    "Finds terms in menus, including misspelled ones, and writes the pairs of menus and terms to a table.",
  settings: matchSections,
  flags: matchFlags,
  examples: `Examples:
  sluice match --from input.csv --terms terms.csv --to out.csv
  sluice match --from s3://menus/2024/ --terms s3://menus/terms.csv --to postgres://sluice@db:5432/menus
  In the names of products only, without misspellings, into .sluice/matches.db:
    sluice match --from input.csv --terms terms.csv --text-fields ProductName --fuzzy off
  On many machines: a job for each chunk, and on each machine a worker that exits when all are done:
    sluice match --enqueue --from s3://menus/2024/ --queue redis://queue:6379
    sluice match --queue redis://queue:6379 --terms s3://menus/terms.csv --to postgres://sluice@db:5432/menus
    sluice queue --queue redis://queue:6379 --queue-name menus

${jobStatusHelp}`,
  endsByStop: ({ flags }) => flags.queue !== undefined && !flags.enqueue,
  async run(config, io) {
    const { matchTask } = await import("./match_task.ts");
    const task = matchTask(config);
    return task.command === "match"
      ? await (await import("./match.ts")).match(config, task, io)
      : await (await import("./enqueue_menus.ts")).enqueueMenus(config, task, io);
  },
});
