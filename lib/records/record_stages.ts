import { TextLineStream } from "@std/streams/text_line_stream.js";
import type { Batch, ObjectCounts, RemovedLine } from "./batch.ts";
import type { CsvDelimiter } from "./csv/csv_delimiters.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { LineScanner } from "./scan/scan_lines.ts";
import { choice, type Settings, type Values } from "../settings/setting.ts";
import { CsvStream } from "./stages/csv.ts";
import { DecodeStream } from "./stages/decode.ts";
import { EncodeStream } from "./stages/encode.ts";
import { EncodeCsvStream } from "./stages/encode_csv.ts";
import { ParseStream } from "./stages/parse.ts";
import { ScanStream } from "./stages/scan.ts";
import { WindowStream } from "./stages/window.ts";

/** How records are written. */
export type RecordFormat = "jsonl" | "csv";

/** The content types of what is written so. */
export const contentTypes: Readonly<Record<RecordFormat, string>> = {
  jsonl: "application/x-ndjson",
  csv: "text/csv",
};

/** How an object's records are written, by its name. */
export function formatOf(name: string): RecordFormat {
  return /\.csv(?:\.gz)?$/.test(name) ? "csv" : "jsonl";
}

/** How the rows of CSV are read. */
export const csvSettings = {
  csvDelimiter: choice(["comma", "semicolon", "tab", "pipe"], {
    help: "What stands between the fields of CSV",
    default: "comma",
  }),
} satisfies Settings;

/** The delimiters by their words. */
export const delimiterOf: Readonly<Record<Values<typeof csvSettings>["csvDelimiter"], CsvDelimiter>> = {
  comma: ",",
  semicolon: ";",
  tab: "\t",
  pipe: "|",
};

export interface RecordStagesOptions {
  /** What the object's records are: lines of JSON, or rows of CSV under a header row. */
  readonly format: RecordFormat;
  /** Stands between the fields of CSV; a comma unless told. */
  readonly csvDelimiter?: Values<typeof csvSettings>["csvDelimiter"];
  readonly recipe: Recipe;
  /** The recipe's; reads JSON lines as bytes. Without it, each goes through `TextLineStream` and `JSON.parse`. */
  readonly scanner?: LineScanner;
  readonly maxLineBytes: number;
  readonly windowRecords: number;
  readonly windowBytes: number;
  /** How long the first record of a window waits for others, at most; for ever unless told. Needs the scanner. */
  readonly windowWaitMs?: number;
  /** A key of more UTF-8 bytes than this does not fit a call. */
  readonly maxKeyBytes: number;
  readonly counts: ObjectCounts;
  /** Whether nobody else uses the buffers of the bytes: the scanner gives them back as it reads. */
  readonly ownsChunks?: boolean;
}

/** The two ends of an object's way that depend on its format. */
export interface RecordStages {
  /** From decompressed bytes to batches. */
  read(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Batch>;
  /** From batches with their answers to the output's bytes. */
  readonly encode: TransformStream<Batch, Uint8Array<ArrayBuffer>>;
}

/** The stages that read and write one object's records; they are good for that object only. */
export function recordStages(options: RecordStagesOptions): RecordStages {
  const { counts, format, recipe, scanner } = options;
  if (format === "csv") {
    return {
      read: (bytes) =>
        bytes.pipeThrough(
          new CsvStream({ ...options, delimiter: delimiterOf[options.csvDelimiter ?? "comma"] }),
        ),
      encode: new EncodeCsvStream({ counts }),
    };
  }
  const { outputField, provenanceField } = recipe;
  const encode = new EncodeStream({ outputField, provenanceField, counts, scanner });
  if (scanner !== undefined) {
    return { read: (bytes) => bytes.pipeThrough(new ScanStream({ ...options, scanner })), encode };
  }
  const removed: RemovedLine[] = [];
  return {
    read: (bytes) =>
      bytes
        .pipeThrough(new DecodeStream({ maxLineBytes: options.maxLineBytes, removed }))
        .pipeThrough(new TextLineStream())
        .pipeThrough(new WindowStream(options))
        .pipeThrough(new ParseStream({ recipe, maxKeyBytes: options.maxKeyBytes, removed, counts })),
    encode,
  };
}
