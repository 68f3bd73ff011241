import type { Batch, ObjectCounts } from "./batch.ts";
import type { CsvDelimiter } from "./csv/csv_delimiters.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { LineScanner } from "./scan/scan_lines.ts";
import { choice, type Settings, type Values } from "../settings/setting.ts";
import { EncodeStream } from "./stages/encode.ts";
import { EncodeCsvStream } from "./stages/encode_csv.ts";

/** How records are written. */
export type RecordFormat = "jsonl" | "csv";

/** The content types of what is written so. */
export const contentTypes: Readonly<Record<RecordFormat, string>> = {
  jsonl: "application/x-ndjson",
  csv: "text/csv",
};

const formats: ReadonlyMap<string, RecordFormat> = new Map([[".jsonl", "jsonl"], [".ndjson", "jsonl"], [
  ".csv",
  "csv",
]]);

/** The extensions of record files, for messages. */
export const recordExtensions = `${[...formats.keys()].join(", ")}, or these with .gz`;

/** How the records of a record file are written, by its name; `undefined` of any other file. */
export function formatOf(name: string): RecordFormat | undefined {
  const extension = /(\.[a-z]+)(?:\.gz)?$/.exec(name)?.[1];
  return extension === undefined ? undefined : formats.get(extension);
}

/** How the rows of CSV are read. */
export const csvSettings = {
  csvDelimiter: choice(["comma", "semicolon", "tab", "pipe"], {
    help: "Separator of the fields of CSV",
    default: "comma",
  }),
} satisfies Settings;

/** A delimiter's name, as users set it. */
export type CsvDelimiterName = Values<typeof csvSettings>["csvDelimiter"];

/** The delimiters by their names. */
export const delimiterOf: Readonly<Record<CsvDelimiterName, CsvDelimiter>> = {
  comma: ",",
  semicolon: ";",
  tab: "\t",
  pipe: "|",
};

export interface EncoderOptions {
  /** What the records came as: they are written as the same. Defaults to `jsonl`. */
  readonly format?: RecordFormat;
  readonly recipe: Recipe;
  /** The recipe's: writes batches that it has scanned. */
  readonly scanner?: LineScanner;
  readonly counts: ObjectCounts;
}

/** The stage from batches with their answers to the bytes of an output. It is good for one output only. */
export function encoderOf(
  { counts, format, recipe, scanner }: EncoderOptions,
): TransformStream<Batch, Uint8Array<ArrayBuffer>> {
  if (format === "csv") return new EncodeCsvStream({ counts });
  const { outputField, provenanceField } = recipe;
  return new EncodeStream({ outputField, provenanceField, counts, scanner });
}
