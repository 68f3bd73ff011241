import type { Bar, Figure } from "./figure.ts";
import { isMet } from "./is_met.ts";
import { spreadOf } from "./spread.ts";

/** The figures as text: name, median with the least and the greatest value, bar, and whether it is met. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    measured(figure),
    figure.bar === undefined ? "" : barText(figure.bar, figure.unit),
    { true: "yes", false: "NO", undefined: "" }[`${isMet(figure)}`]!,
  ]);
  const all = [["name", "measured", "bar", "met"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd() +
    "\n"
  ).join(
    "",
  );
}

function measured({ unit, values }: Figure): string {
  const { median, min, max } = spreadOf(values);
  const text = withUnit(median, unit);
  return values.length === 1 ? text : `${text} (${rounded(min)}–${rounded(max)})`;
}

function barText(bar: Bar, unit: string): string {
  if ("atMost" in bar) return `<= ${withUnit(bar.atMost, unit)}`;
  return `>= ${withUnit(bar.atLeast, unit)}${
    bar.aim === undefined ? "" : `, aim ${withUnit(bar.aim, unit)}`
  }`;
}

function withUnit(value: number, unit: string): string {
  return `${rounded(value)}${unit && ` ${unit}`}`;
}

const precise = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Three digits, or all before the point. */
function rounded(value: number): string {
  return (Math.abs(value) >= 100 ? whole : precise).format(value);
}
