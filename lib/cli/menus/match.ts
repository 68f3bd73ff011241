import { ObjectCounts } from "../../records/batch.ts";
import { Matcher } from "../../menus/match/matcher.ts";
import { TermIndex } from "../../menus/match/term_index.ts";
import { matchObject, type MatchOptions } from "../../menus/match_object.ts";
import { type MatchSummary, matchSummaryText } from "../../menus/match_summary.ts";
import { readTerms } from "../../menus/read_terms.ts";
import { delimiterOf } from "../../records/record_format.ts";
import type { MatchKinds } from "../../menus/match_stream.ts";
import { openObject } from "../../stores/open_object.ts";
import { isNested } from "../../stores/open_store.ts";
import { openMatchTable } from "../../menus/tables/open_match_table.ts";
import { count, duration, plural } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { selectionOf } from "../open/selection_of.ts";
import type { MatchConfig, MatchRunTask } from "./match_task.ts";
import { menusError, openMenus } from "./open_menus.ts";
import { openQueuedMenus } from "./open_queued_menus.ts";
import { ProgressLine } from "../progress_line.ts";

/** Written to where nobody says anything else. */
const defaultTable = "sqlite:.sluice/matches.db";

/**
 * Finds the terms in menus, and writes the pairs to a table; resolves to the exit status. Objects, or the jobs of a queue, go
 * one after the other; one that cannot be read does not keep the others back. Holds the terms, and of the menus a few batches.
 */
export async function match(config: MatchConfig, task: MatchRunTask, io: Io): Promise<number> {
  const started = performance.now();
  const { flags, match: settings, output, postgres, records, s3 } = config;
  const { signal } = io;
  const objects = { found: 0, done: 0, failed: 0, ignored: 0 };
  const total = new ObjectCounts();
  const kinds = { exact: 0, folded: 0, fuzzy: 0 };
  let added = 0;
  let working: ObjectCounts | undefined;

  const url = flags.to ?? settings.to ?? defaultTable;
  refuseOverwriting(url, task);
  const unit = task.queue === undefined ? "objects" : "jobs";
  using progress = new ProgressLine(io, output);
  const say = (message: string) => progress.say(message);
  await using menus = task.queue === undefined
    ? await openMenus(task.from, selectionOf(flags), s3, signal)
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
  const reading = {
    ...settings,
    ...records,
    delimiter: delimiterOf[records.csvDelimiter],
    idleSeconds: config.source.idleTimeoutSeconds,
    signal,
  };
  const source = await openObject(task.terms, { ca: s3.ca, timeoutSeconds: s3.timeoutSeconds, signal });
  const terms = await readTerms(source, reading).finally(() => source.store.close());
  const index = new TermIndex(terms.terms);
  const matcher = new Matcher(index, { minScore: settings.minScore, fuzzy: settings.fuzzy === "on" });

  progress.show(() => {
    const rows = total.in + (working?.in ?? 0);
    const seconds = (performance.now() - started) / 1000;
    return `${count(objects.done)} ${unit} processed, ${plural(rows, "row")}, ${
      plural(sumOf(kinds), "pair")
    }, ` +
      `${count(rows / seconds)} rows/s, ${duration(seconds)}`;
  });
  const table = await openMatchTable(url, {
    signal,
    onTrouble: say,
    ca: postgres.ca,
    timeoutSeconds: postgres.timeoutSeconds,
  });
  let isWhole = false, isBroken = false;
  try {
    const address = source.store.url + source.object.name;
    await table.reject(terms.rejects.map((reject) => ({ ...reject, object: address })), signal);
    const matching: MatchOptions = { ...reading, matcher, table, onWritten: (n) => added += n };
    for await (const { name, opened, onEnd, range = flags.range } of menus.objects(signal)) {
      objects.found++;
      if (opened === undefined) {
        objects.ignored++;
        continue;
      }
      const counts = working = new ObjectCounts();
      try {
        if (flags.range !== undefined) checkRange(opened.store.url + name, objects.found - objects.ignored);
        await matchObject({ ...opened, range, counts, kinds }, matching);
        objects.done++;
        await onEnd?.();
      } catch (error) {
        signal.throwIfAborted();
        objects.failed++;
        const address = opened.store.url + name;
        const failure = menusError("match", address, error);
        say(failure.message);
        await onEnd?.(failure.reason);
        // The table fails for the others too.
        isBroken = failure.kind === "sink";
        if (isBroken) break;
      } finally {
        total.add(counts);
        working = undefined;
      }
    }
    isWhole = !isBroken && (await menus.isDone?.(signal) ?? objects.failed === 0);
    if (isWhole) await table.finish(signal);
  } catch (error) {
    if (!signal.aborted) say(reasonOf(error));
    else say("Stopped by a signal: what was not written yet is left to the next run");
  } finally {
    await table.close();
  }
  if (isWhole && objects.found === objects.ignored) {
    say(
      objects.found === 0
        ? `NOTHING TO DO: there is no ${unit.slice(0, -1)} in ${menus.url}`
        : `NOTHING TO DO: of ${
          plural(objects.found, "object")
        } in ${menus.url}, none is a .csv or .csv.gz file ` +
          "selected by include and exclude",
    );
  }
  const seconds = (performance.now() - started) / 1000;
  const rejected = total.rejected + terms.counts.rejected;
  const reasons = new ObjectCounts();
  for (const counts of [total, terms.counts]) reasons.add(counts);
  const summary: MatchSummary = {
    objects,
    terms: { read: terms.terms.size, rejected: terms.counts.rejected, unusable: index.unusable.size },
    rows: { in: total.in, matched: total.out, rejected: total.rejected, blank: total.blank },
    rejects: reasons.reasons,
    pairs: { found: sumOf(kinds), new: added, ...kinds },
    bytes: total.bytesIn,
    seconds,
    rowsPerSecond: total.in / Math.max(seconds, 1e-3),
  };
  if (!output.quiet) say(matchSummaryText(summary, table.url, unit).trimEnd());
  if (output.json) io.stdout(`${JSON.stringify(summary)}\n`);
  if (!isWhole) return exitStatus.undone;
  return rejected > 0 && !output.allowRejects ? exitStatus.rejects : exitStatus.done;
}

function sumOf({ exact, folded, fuzzy }: MatchKinds): number {
  return exact + folded + fuzzy;
}

/** @throws {Error} What is read would be written over, or the pairs be taken for menus the next time. */
function refuseOverwriting(to: string, { from, terms }: MatchRunTask): void {
  if (/^(?:sqlite|postgres(?:ql)?):/i.test(to)) return;
  for (const read of [from, terms]) {
    if (read !== undefined && isNested(read, to)) {
      throw new SluiceError({
        kind: "input",
        action: "write matches to",
        subject: to,
        reason: `${read} is read, which it is or lies in`,
      });
    }
  }
}

/** @throws {SluiceError} The range cannot be of this object. */
function checkRange(address: string, number: number): void {
  const reason = /\.gz$/i.test(address)
    ? "it is compressed, a range of it cannot be read by itself"
    : number > 1
    ? "range is of one object; name it by from"
    : undefined;
  if (reason !== undefined) {
    throw new SluiceError({ kind: "input", action: "read", subject: address, reason });
  }
}
