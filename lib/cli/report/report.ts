import { kindOf, reasonOf } from "../../errors/sluice_error.ts";
import { GroupTable } from "../../report/group_table.ts";
import { openRecordSource } from "../../report/open_record_source.ts";
import type { RecordSource } from "../../report/record_source.ts";
import { Report } from "../../report/report.ts";
import { reportCsv } from "../../report/report_csv.ts";
import { reportHtml } from "../../report/report_html.ts";
import { reportJson } from "../../report/report_json.ts";
import { reportText } from "../../report/report_text.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { clearedLine, terminalLine } from "../terminal_line.ts";
import { refuseForeignPath } from "../../sinks/foreign_path.ts";
import { isReport } from "../../report/is_report.ts";
import { openOutput } from "../open/open_output.ts";
import type { SectionValues } from "../../settings/sections.ts";
import type { Values } from "../../settings/setting.ts";
import { selectionOf } from "../open/selection_of.ts";
import { refuseContradictions } from "../settings/contradictions.ts";
import { type reportFlags, reportFormats, type reportSections } from "./report_settings.ts";

type Format = typeof reportFormats[number];

/** How often the progress is redrawn, in milliseconds. */
const drawMs = 200;
/** Width of a table that goes to no terminal. */
const fileColumns = 120;
/** Default number of rows of a printed report; a page with more of them opens slowly. */
const defaultTop: Partial<Record<Format, number>> = { table: 20, html: 1_000 };

/** The settings of a report. */
export type ReportConfig = SectionValues<typeof reportSections> & {
  readonly flags: Values<typeof reportFlags>;
};

/** Reads records, and prints how their levels are spread over groups; resolves to the exit status. */
export async function report({ flags, ...config }: ReportConfig, io: Io): Promise<number> {
  const { by, to } = flags;
  const fields = [...new Set(by.flatMap((names) => names.split(",")))].filter((name) => name !== "");
  if (fields.length === 0) {
    throw new ConfigError([
      `Cannot report by nothing: --by must name a field, not ${JSON.stringify(by.join(","))}`,
    ]);
  }
  refuseContradictions({ source: flags });
  const format = flags.format ?? reportFormatOf(to);
  const table = new GroupTable(fields);
  await using output = to === undefined ? undefined : await openOutput(to);
  const source = await openRecordSource(flags.from, {
    ...config,
    ...selectionOf(flags),
    format: flags.fromFormat,
    idleTimeoutSeconds: config.source.idleTimeoutSeconds,
  });
  try {
    if (to !== undefined && !flags.overwrite) await refuseForeignPath(to, isReport);
    await readAll(source, table, {
      field: flags.field ?? config.recipe.outputField,
      quiet: config.output.quiet,
    }, io);
    await requireFields(source, table, io.signal);
  } catch (error) {
    if (!config.output.allowEmpty || kindOf(error) !== "empty") throw error;
    io.stderr(`${reasonOf(error)}\n`);
    return exitStatus.done;
  } finally {
    await source.close();
  }
  const { sort, top = defaultTop[format] } = flags;
  const made = new Report(table, { source: source.url, skipped: source.skipped, sort, top });
  for await (const text of written(made, format, to === undefined && io.stdoutIsTerminal)) {
    if (output !== undefined) await output.write(text);
    else if (format === "table") print(io, text);
    else io.stdout(text);
    io.signal.throwIfAborted();
  }
  await output?.keep();
  // A table on standard output has said it.
  if (format !== "table" || to !== undefined) { for (const note of made.notes) io.stderr(`${note}\n`); }
  if (to !== undefined && !config.output.quiet) io.stderr(`Wrote ${to}\n`);
  return exitStatus.done;
}

/** @throws {SluiceError} No record has one of the fields, so its groups would say nothing. */
async function requireFields(source: RecordSource, table: GroupTable, signal: AbortSignal): Promise<void> {
  const reason = await source.missingFields(table, signal);
  if (reason === undefined) return;
  throw new SluiceError({ kind: "data", action: "report on", subject: source.url, reason });
}

function reportFormatOf(path: string | undefined): Format {
  const ending = /\.(\w+)$/.exec(path ?? "")?.[1]?.toLowerCase();
  return reportFormats.find((format) => format === ending) ?? "table";
}

async function readAll(
  source: RecordSource,
  table: GroupTable,
  { field, quiet }: { readonly field: string; readonly quiet: boolean },
  io: Io,
): Promise<void> {
  const draw = (line: string) => (io.control ?? io.stderr)(line);
  const timer = io.stderrIsTerminal && !quiet
    ? setInterval(() => draw(terminalLine(source.progress)), drawMs)
    : undefined;
  try {
    await source.readInto(table, { field, signal: io.signal });
  } finally {
    clearInterval(timer);
    if (timer !== undefined) draw(clearedLine);
  }
}

function written(
  made: Report,
  format: Format,
  isTerminal: boolean,
): Iterable<string> | AsyncIterable<string> {
  switch (format) {
    case "table":
      return [reportText(made, { columns: isTerminal ? terminalColumns() : fileColumns })];
    case "csv":
      return reportCsv(made);
    case "json":
      return reportJson(made);
    case "html":
      return reportHtml(made, { madeAt: new Date() });
  }
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return fileColumns;
  }
}
