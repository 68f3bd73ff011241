import { fitText, textWidth } from "../text/text_width.ts";
import { count, plural } from "../text/format.ts";
import { levelNames } from "../seniority/level_names.ts";
import { type Figures, groupLabel, type Report } from "./report.ts";

export { fitText, textWidth };

export interface ReportTextOptions {
  /** Width of the table in characters; below 40, it is made for 40. */
  readonly columns: number;
}

const minColumns = 40;
/** Where a field's names have less, there is no median, and the shares of the levels are one word of blocks. */
const minColumnsBesideShares = 8;
const minBarColumns = 5;
const maxBarColumns = 14;
/** Names are not cut to less for the bars' sake: room for `all others (12,345)`. */
const minNameColumns = 19;
const maxNameColumns = 40;
const shareColumns = 4;
const heights = ["·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** One line of the table, before it is laid out. */
interface Line extends Figures {
  /** One for each field, or one for all of them together. */
  readonly names: readonly string[];
}

/**
 * The report as a table of plain text that ends in a newline. No line is wider than `columns`, unless the numbers are;
 * narrow tables do without bars, then without percentages.
 */
export function reportText(report: Report, { columns }: ReportTextOptions): string {
  const { by, total } = report;
  const width = Math.max(minColumns, columns);
  const lines: Line[] = [];
  for (const row of report.rows()) lines.push({ ...row, names: row.names.map(groupLabel) });
  const others: Line[] = report.others === undefined
    ? []
    : [{ ...report.others, names: [`all others (${count(report.others.groups)})`] }];
  const all: Line = { ...total, names: ["all records"] };

  const recordsWidth = Math.max("records".length, count(total.records).length);
  const gaps = 2 * (by.length - 1);
  const averageEnd = 2 + recordsWidth + 2 + "average".length;
  const sharesEnd = averageEnd + 2 + "median".length + 1 + levelNames.length * shareColumns;
  const hasShares = width - sharesEnd - gaps >= minColumnsBesideShares * by.length;
  const numbersWidth = hasShares ? sharesEnd : averageEnd + 2 + levelNames.length;
  const namesWidth = (by.length > 1 ? lines : [...lines, ...others, all]).reduce(
    (widths, { names }) => widths.map((wide, i) => Math.max(wide, textWidth(names[i]!.slice(0, width)))),
    by.map((field) => textWidth(groupLabel(field))),
  );
  // What is left for names and bars: names come first, but leave a bar its third where they can do with less.
  const left = width - numbersWidth - gaps;
  const needed = Math.min(minNameColumns, namesWidth.reduce((sum, wide) => sum + wide, 0));
  const barRoom = Math.min(
    2 + maxBarColumns,
    Math.max(Math.floor(left / 3), 2 + minBarColumns),
    left - needed,
  );
  const hasBars = hasShares && barRoom >= 2 + minBarColumns;
  const widths = fitWidths(namesWidth, Math.max(by.length * 2, left - (hasBars ? barRoom : 0)));
  const bar = hasBars ? Math.min(maxBarColumns, left - widths.reduce((sum, wide) => sum + wide, 0) - 2) : 0;

  const layOut = (names: readonly string[], cells: {
    records: string;
    average: string;
    bar: string;
    median: string;
    shares: readonly string[];
  }) =>
    (names.length === by.length
      ? names.map((name, i) => fitText(name, widths[i]!)).join("  ")
      : fitText(names[0]!, widths.reduce((sum, wide) => sum + wide, gaps))) +
    `  ${cells.records.padStart(recordsWidth)}  ${cells.average.padStart("average".length)}` +
    (hasBars ? `  ${cells.bar.padEnd(bar)}` : "") +
    (hasShares ? `  ${cells.median.padStart("median".length)}` : "") +
    (hasShares
      ? ` ${cells.shares.map((share) => share.padStart(shareColumns)).join("")}`
      : `  ${cells.shares.join("")}`);
  const rowText = ({ names, records, average, median, counts }: Line) =>
    layOut(names, {
      records: count(records),
      average: average.toFixed(2),
      bar: barText(average / levelNames.length, bar),
      median: String(median),
      shares: counts.map((n) => hasShares ? shareText(n, records) : heights[Math.ceil(n / records * 8)]!),
    });
  const head = layOut(by.map(groupLabel), {
    records: "records",
    average: "average",
    bar: "",
    median: "median",
    shares: levelNames.map((_, i) => String(i + 1)),
  });
  const caption = hasShares ? "% at level" : "at level";
  const rule = "─".repeat(head.length);
  return [
    ...wrap(
      `Seniority by ${by.map(groupLabel).join(", ")}: ${plural(total.records, "record")} ` +
        `in ${plural(report.groups, "group")}, average level ${
          total.average.toFixed(2)
        }, median ${total.median}`,
      width,
    ),
    "",
    caption.padStart(head.length),
    head,
    rule,
    ...lines.map(rowText),
    ...others.map(rowText),
    rule,
    rowText(all),
    "",
    ...wrap(`Levels: ${levelNames.map((name, i) => `${i + 1} ${name}`).join(", ")}`, width),
    ...report.notes.flatMap((note) => wrap(note, width)),
  ].map((line) => `${line.trimEnd()}\n`).join("");
}

/** Widths that fit into a room: narrow columns keep theirs, wide ones share what is left. */
function fitWidths(wanted: readonly number[], room: number): number[] {
  const widths = wanted.map((wide) => Math.min(wide, maxNameColumns));
  while (widths.reduce((sum, wide) => sum + wide, 0) > room) {
    widths[widths.indexOf(Math.max(...widths))]!--;
  }
  return widths;
}

function barText(portion: number, columns: number): string {
  const steps = Math.round(portion * columns * 8);
  return "█".repeat(steps >> 3) + eighths[steps & 7];
}

/** A share in whole percent; what is there is never shown as nothing, nor a part as all. */
function shareText(part: number, all: number): string {
  if (part === 0) return "·";
  const percent = Math.round(part / all * 100);
  if (percent === 0) return "<1";
  return percent === 100 && part < all ? "99" : String(percent);
}

/** Lines of whole words, none wider than `columns` where the words allow. */
function wrap(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (textWidth(line) + 1 + textWidth(word) <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => textWidth(line) > columns ? fitText(line, columns) : line);
}
