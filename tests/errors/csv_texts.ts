import { ObjectCounts } from "../../lib/records/batch.ts";
import { CsvStream, type CsvStreamOptions } from "../../lib/records/stages/csv.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import { testRecipe } from "../fakes/recipe.ts";

const recipe = { ...testRecipe, modelName: "fake" };

function csv(
  when: string,
  text: string,
  bytes: string | Uint8Array<ArrayBuffer>,
  options: Partial<CsvStreamOptions> = {},
): ErrorText {
  return {
    when,
    text,
    provoke: () =>
      failureOf(() => {
        const stream = new CsvStream({
          recipe,
          maxLineBytes: 1_024,
          windowRecords: 10,
          windowBytes: 1_000,
          maxKeyBytes: 1_000,
          counts: new ObjectCounts(),
          ...options,
        });
        const table = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
        return Array.fromAsync(ReadableStream.from([table]).pipeThrough(stream));
      }),
  };
}

/** What CSV fails with; the rows' own faults are rejects. */
export const csvTexts: ErrorTexts = {
  name: "CsvStream()",
  rows: [
    csv(
      "CSV without the question's columns",
      "Cannot read CSV: there is no column company and no column title; its columns are Company, Job: set --company-field and --title-field",
      "Company,Job\nAcme,Chef\n",
    ),
    csv(
      "a header row that is not UTF-8",
      "Cannot read CSV: its header row is not UTF-8",
      Uint8Array.of(0xff, 0x2c, 0x61, 0x0a),
    ),
    csv(
      "a header row with a stray quote",
      "Cannot read CSV: its header row has a stray quote",
      'company,ti"tle\nAcme,Chef\n',
    ),
    csv(
      "a header row with a quote that does not close",
      "Cannot read CSV: its header row has a quote that does not close",
      'company,"title\nAcme,Chef\n',
    ),
    csv(
      "a header row longer than maxLineBytes",
      "Cannot read CSV: its header row is longer than maxLineBytes, 1024",
      `company,title,${"x".repeat(70_000)}\nAcme,Chef\n`,
    ),
  ],
};
