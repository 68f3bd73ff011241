import { levelNames } from "../seniority/level_names.ts";
import type { Figures, Report } from "./report.ts";

/**
 * The report as one JSON object, a group a line and a chunk: `by`, `source`, `levels` (their names, from 1 on),
 * `total`, `notes`, `skippedObjects`, `groups` and, where some groups are not among them, `others`. Each of these has `records`,
 * `average`, `median`, `counts` and `shares` (by level, from 1 on, fractions of 1), none of it rounded; a group's
 * `names` has a value for each field, null where its records do not have the field.
 */
export function* reportJson(report: Report): Generator<string> {
  const { by, groups: groupCount, notes, others, skippedObjects, source, total } = report;
  const head = { by, source, levels: levelNames, total: figuresOf(total), notes, skippedObjects, groupCount };
  yield `${JSON.stringify(head).slice(0, -1)},\n"groups":[`;
  let isFirst = true;
  for (const { names, ...figures } of report.rows()) {
    const row = { names: names.map((name) => name ?? null), ...figuresOf(figures) };
    yield `${isFirst ? "" : ","}\n${JSON.stringify(row)}`;
    isFirst = false;
  }
  const rest = others === undefined
    ? ""
    : `,\n"others":${JSON.stringify({ groups: others.groups, ...figuresOf(others) })}`;
  yield `\n]${rest}}\n`;
}

function figuresOf({ records, average, median, counts }: Figures) {
  return { records, average, median, counts, shares: counts.map((n) => n / records) };
}
