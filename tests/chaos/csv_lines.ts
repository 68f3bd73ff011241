import { fakeLevel } from "../fakes/model_behaviour.ts";
import type { CorpusLine } from "../story/corpus.ts";

const encoder = new TextEncoder();

/** A table of CSV, as lines: the header row, and `rows` records of which each asks a question of its own. */
export function csvLines(rows: number, company: string): CorpusLine[] {
  return [
    { input: encoder.encode("id,company,title"), output: encoder.encode("id,company,title,seniority") },
    ...Array.from({ length: rows }, (_, i) => csvLine(i, company, `Title ${i}`)),
  ];
}

/** One row, as {@linkcode csvLines} has it. */
export function csvLine(id: number, company: string, title: string): CorpusLine {
  const row = `${id},${company},${title}`;
  return {
    input: encoder.encode(row),
    output: encoder.encode(`${row},${fakeLevel(company, title)}`),
    pair: `${company.length} ${company} ${title}`,
  };
}
