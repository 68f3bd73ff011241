import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { MatchRun } from "../../menus/match_run.ts";
import { matchSummaryText } from "../../menus/match_summary.ts";
import { readTerms } from "../../menus/read_terms.ts";
import { openMatchTable } from "../../menus/tables/open_match_table.ts";
import type { ReadNote } from "../../records/read_note.ts";
import { ReadNotes } from "../../records/read_notes.ts";
import { zstd } from "../../sources/zstd.ts";
import { delimiterOf } from "../../records/record_format.ts";
import { openObject } from "../../stores/open_object.ts";
import { isNested } from "../../stores/open_store.ts";
import { count, duration, plural } from "../../text/format.ts";
import { tellIfEmpty } from "../nothing_to_do.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { selectionOf } from "../open/selection_of.ts";
import { ProgressLine } from "../progress_line.ts";
import type { MatchConfig, MatchRunTask } from "./match_task.ts";
import { openMenus } from "./open_menus.ts";
import { openQueuedMenus } from "./open_queued_menus.ts";

/** Where pairs go by default. */
const defaultTable = "sqlite:.sluice/matches.db";

/** Finds the terms in menus, and writes the pairs to a table; resolves to the exit status. */
export async function match(config: MatchConfig, task: MatchRunTask, io: Io): Promise<number> {
  const started = performance.now();
  const secondsSoFar = () => (performance.now() - started) / 1000;
  const { flags, match: settings, output, postgres, records, s3 } = config;
  const { signal } = io;
  const url = flags.to ?? settings.to ?? defaultTable;
  refuseOverwriting(url, task);
  const unit = task.queue === undefined ? "objects" : "jobs";
  using progress = new ProgressLine(io, output);
  const say = (message: string) => progress.say(message);

  await using menus = task.queue === undefined
    ? await openMenus(task.from, { ...selectionOf(flags), format: flags.format }, s3, signal)
    : await openQueuedMenus(
      {
        url: task.queue,
        name: flags.queueName,
        ca: flags.queueCa,
        claimTimeoutSeconds: flags.claimTimeoutSeconds,
      },
      s3,
      say,
      signal,
    );
  const notes = new ReadNotes(say);
  const reading = {
    ...settings,
    ...records,
    zstd,
    maxRejects: config.destination.maxRejects,
    delimiter: delimiterOf[records.csvDelimiter],
    onNote: (address: string, note: ReadNote) => notes.add(address, note),
    idleSeconds: config.source.idleTimeoutSeconds,
    signal,
  };
  const source = await openObject(task.terms, { ...s3, signal });
  const terms = await readTerms(source, {
    ...reading,
    delimiter: delimiterOf[settings.termsDelimiter ?? records.csvDelimiter],
  }).finally(() => source.store.close());
  const table = await openMatchTable(url, {
    signal,
    onTrouble: say,
    ca: postgres.ca,
    timeoutSeconds: postgres.timeoutSeconds,
    overwrite: flags.overwrite,
  });

  const run = new MatchRun({
    ...reading,
    terms,
    table,
    fuzzy: settings.fuzzy === "on",
    range: flags.range,
    onFailure: (error) => say(error.message),
  });
  const { objects } = run;
  progress.show(() => [
    `${count(objects.done)} ${unit} processed`,
    plural(run.rows, "row"),
    plural(run.matches, "pair"),
    `${count(run.rows / secondsSoFar())} rows/s`,
    duration(secondsSoFar()),
  ]);
  let isDone = false, isHandedBack = false;
  try {
    isDone = await run.run(menus);
  } catch (error) {
    if (!signal.aborted) say(reasonOf(error));
    else if (task.queue === undefined) say("Stopped by a signal: the next run writes the rest");
    else {
      say("Stopped by a signal: the jobs in flight are handed back");
      isHandedBack = true;
    }
  } finally {
    await table.close();
  }
  let isEmpty = false;
  if (isDone && task.queue === undefined) {
    isEmpty = await tellIfEmpty(menus, objects, { skipped: run.skipped, say, signal });
  } else if (isDone && objects.found === 0) say(`NOTHING TO DO: there are no jobs in ${menus.url}`);
  const summary = run.summary(secondsSoFar());
  if (!output.quiet) say(matchSummaryText(summary, table.url, unit).trimEnd());
  if (output.json) io.stdout(`${JSON.stringify(summary)}\n`);
  if (isHandedBack) return exitStatus.done;
  if (!isDone) return exitStatus.undone;
  if (run.rejected > 0 && !output.allowRejects) return exitStatus.rejects;
  return isEmpty && !output.allowEmpty ? exitStatus.empty : exitStatus.done;
}

/** @throws {SluiceError} An input would be overwritten, or the next run would read the pairs as menus. */
function refuseOverwriting(to: string, { from, terms }: MatchRunTask): void {
  if (/^(?:sqlite|postgres(?:ql)?):/i.test(to)) return;
  for (const read of [from, terms]) {
    if (read !== undefined && isNested(read, to)) {
      throw new SluiceError({
        kind: "input",
        action: "write matches to",
        subject: to,
        reason: `it is, or lies in, ${read}, which is read`,
      });
    }
  }
}
