import { encodeKey } from "../../../lib/recipe/key.ts";
import { classify } from "../../../lib/seniority/reference.ts";
import type { ShortcutData, ShortcutStrategy } from "./shortcut_strategy.ts";

/** What a shortcut saves, and what it changes. */
export interface ShortcutRow {
  readonly name: string;
  readonly records: number;
  /** Each distinct pair once in each run, and with the shortcut. */
  readonly questionsBefore: number;
  readonly questionsAfter: number;
  /** Records with another answer than if each one had been asked; those without any among them. */
  readonly answersChanged: number;
  /** The strategy's own time, without the model's. */
  readonly seconds: number;
  /** What its answers and shortcuts hold in memory. */
  readonly bytes: number;
}

/** Measures a strategy on records whose answers are the reference model's. */
export async function shortcutRow(
  strategy: ShortcutStrategy,
  data: ShortcutData,
): Promise<ShortcutRow> {
  const { companies, runs, titles } = data, records = titles.length;
  const answers = new Uint8Array(records);
  let asked = 0, askedMs = 0;
  const before = heapBytes(), started = performance.now();
  const kept = await strategy.run(data, (company, title) => {
    const startedMs = performance.now();
    const level = classify(company, title);
    askedMs += performance.now() - startedMs;
    asked++;
    return level;
  }, answers);
  const seconds = (performance.now() - started - askedMs) / 1000;
  const bytes = kept.held === undefined ? 0 : Math.max(0, heapBytes() - before);
  let questionsBefore = 0;
  for (const { start, end } of runs) {
    const keys = new Set<string>();
    for (let i = start; i < end; i++) {
      keys.add(encodeKey(companies[i]!, titles[i]!));
    }
    questionsBefore += keys.size;
  }
  const answersChanged = titles.reduce(
    (changed, title, i) => changed + Number(answers[i] !== classify(companies[i]!, title)),
    0,
  );
  return {
    name: strategy.name,
    records,
    questionsBefore,
    questionsAfter: asked,
    answersChanged,
    seconds,
    bytes,
  };
}

function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { external, heapUsed } = Deno.memoryUsage();
  return heapUsed + external;
}
