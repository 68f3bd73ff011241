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

const formats: ReadonlyMap<string, RecordFormat> = new Map([
  [".jsonl", "jsonl"],
  [".ndjson", "jsonl"],
  [".csv", "csv"],
  // May hold anything: the first bytes decide.
  [".json", "jsonl"],
]);

/** The extensions of record files, for messages. */
export const recordExtensions = `${[...formats.keys()].join(", ")}, or these with .gz or .zst`;

/**
 * How the records of a file are written: as `chosen`, else by its name, in letters of any case; `undefined` if it is not a
 * record file by its name.
 */
export function formatOf(name: string, chosen?: RecordFormat): RecordFormat | undefined {
  return chosen ?? formats.get(extensionOf(name));
}

/** Whether the name leaves open what the file holds, so that its first bytes decide whether these are records: `.json`. */
export function isCandidate(name: string, chosen?: RecordFormat): boolean {
  return chosen === undefined && extensionOf(name) === ".json";
}

/** The extension that tells the format, in small letters: `.csv` of `A.CSV.gz`. */
function extensionOf(name: string): string {
  return /(\.[a-z]+)(?:\.(?:gz|gzip|zst))?$/.exec(name.toLowerCase())?.[1] ?? "";
}

/** How the records of files are written. */
export const formatSettings = {
  format: choice(["jsonl", "csv"], {
    help: "Format of the records, in files of any name",
    defaultText: `by the name, ${recordExtensions}; others are skipped`,
  }),
} satisfies Settings;

/** How the rows of CSV are read. */
export const csvSettings = {
  csvDelimiter: choice(["comma", "semicolon", "tab", "pipe"], {
    help: "Separator of the fields of CSV",
    default: "comma",
  }),
  csvHeader: choice(["exact", "loose"], {
    help: "How names in a header row of CSV are compared; loose: without case and blanks around them",
    default: "exact",
  }),
} satisfies Settings;

/** A delimiter's name, as users set it. */
export type CsvDelimiterName = Values<typeof csvSettings>["csvDelimiter"];

/** How names in a header row are compared. */
export type CsvHeaderMatch = Values<typeof csvSettings>["csvHeader"];

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
