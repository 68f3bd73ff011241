import { samplePostings } from "../../../lib/seniority/sample/sample_postings.ts";
import { rareStrategy } from "./rare_strategy.ts";
import { type ShortcutRow, shortcutRow } from "./shortcut_row.ts";
import type { ShortcutData } from "./shortcut_strategy.ts";

/** The postings of `sluice sample`. */
export interface RareRowOptions {
  readonly records: number;
  readonly pairs: number;
  readonly runs: number;
  readonly seed: number;
}

/** What `--rare skip` saves, and how many records are left without an answer. */
export function rareRow(
  options: Partial<RareRowOptions> = {},
): Promise<ShortcutRow> {
  const { records, pairs, runs, seed } = {
    records: 100_000,
    pairs: 40_000,
    runs: 4,
    seed: 1,
    ...options,
  };
  const perRun = Math.ceil(records / runs);
  const companies: string[] = [],
    titles: string[] = [],
    spans: { start: number; end: number }[] = [];
  for (
    const { chunks } of samplePostings({
      records,
      perObject: perRun,
      pairs,
      seed,
    })
  ) {
    const start = titles.length, decoder = new TextDecoder();
    let text = "";
    for (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const { company, title } = JSON.parse(line);
      companies.push(company);
      titles.push(title);
    }
    spans.push({ start, end: titles.length });
  }
  const data: ShortcutData = { companies, titles, runs: spans };
  return shortcutRow(rareStrategy, data);
}
