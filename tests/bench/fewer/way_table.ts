import { textTable } from "../text_table.ts";
import type { MeasuredWay } from "./measure_way.ts";

/** The strategies as text, one per line. */
export function wayTable(measured: readonly MeasuredWay[]): string {
  const head = [
    [
      "way",
      "can change",
      "asked",
      "asked",
      "",
      "answers",
      "left",
      "as the",
      "",
      "time a",
    ],
    [
      "",
      "an answer",
      "without",
      "with",
      "saved",
      "changed",
      "null",
      "plain title",
      "memory",
      "record",
    ],
  ];
  const rows = measured.map((way) => [
    way.name,
    way.canChangeAnswers ? "yes" : "no",
    way.before.toLocaleString("en-US"),
    way.after.toLocaleString("en-US"),
    percent(1 - way.after / way.before, 1),
    percent(way.changed, 2),
    percent(way.skipped, 2),
    percent(way.asPlain, 2),
    `${(way.bytes / 1024 ** 2).toFixed(1)} MiB`,
    `${way.micros.toFixed(2)} µs`,
  ]);
  return textTable([...head, ...rows], 2);
}

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`;
}
