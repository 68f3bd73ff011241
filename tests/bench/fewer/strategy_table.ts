import { textTable } from "../text_table.ts";
import type { MeasuredStrategy } from "./measure_strategy.ts";

/** The strategies as text, one per line. */
export function strategyTable(measured: readonly MeasuredStrategy[]): string {
  const head = [
    [
      "strategy",
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
  const rows = measured.map((strategy) => [
    strategy.name,
    strategy.canChangeAnswers ? "yes" : "no",
    strategy.before.toLocaleString("en-US"),
    strategy.after.toLocaleString("en-US"),
    percent(1 - strategy.after / strategy.before, 1),
    percent(strategy.changed, 2),
    percent(strategy.skipped, 2),
    percent(strategy.asPlain, 2),
    `${(strategy.bytes / 1024 ** 2).toFixed(1)} MiB`,
    `${strategy.micros.toFixed(2)} µs`,
  ]);
  return textTable([...head, ...rows], 2);
}

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`;
}
