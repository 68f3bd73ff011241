import { SluiceError } from "../errors/sluice_error.ts";
import { nameTime } from "./object_time.ts";
import type { SkippedObject, SkipReason } from "../stores/skipped_object.ts";
import { count, tally } from "../text/format.ts";

interface ReasonText {
  /** Of one object, and of several. */
  readonly texts: readonly [string, string];
  /** Whether the user has chosen so: these are counted, and not named, in what is printed. */
  readonly isSelection?: boolean;
}

/** What is said of objects that are skipped; of those that were left out by a setting, the setting. */
const reasonTexts: Readonly<Record<SkipReason, ReasonText>> = {
  not_a_record_file: { texts: ["not a record file by its name", "not record files by their names"] },
  not_records: {
    texts: ["its first line is no JSON object", "their first lines are no JSON objects"],
  },
  hidden: { texts: ["its name begins with _ or .", "their names begin with _ or ."] },
  folder_key: { texts: ["its key ends in /, as a folder's", "their keys end in /, as folders' do"] },
  broken_link: {
    texts: ["a symbolic link to what is not there", "symbolic links to what is not there"],
  },
  folder_link: {
    texts: ["a symbolic link to a folder, which is not followed", "symbolic links to folders, not followed"],
  },
  not_a_file: { texts: ["a pipe, socket or device", "pipes, sockets or devices"] },
  name_not_utf8: {
    texts: ["its name is not UTF-8: rename it", "their names are not UTF-8: rename them"],
  },
  archived: { texts: ["archived, and not restored", "archived, and not restored"] },
  not_included: { texts: ["--include", "--include"], isSelection: true },
  excluded: { texts: ["--exclude", "--exclude"], isSelection: true },
  other_time: { texts: ["--since and --until", "--since and --until"], isSelection: true },
  other_shard: { texts: ["--shard", "--shard"], isSelection: true },
  gone: { texts: ["its source is gone", "their sources are gone"] },
};

/** Files that `--format` would not help: no format of ours reads them. */
const otherFormats =
  /\.(?:parquet|avro|orc|arrow|feather|zip|7z|rar|tar|tgz|xlsx?|pdf|png|jpe?g|db|sqlite)$/i;

/** Names kept of each reason, at most. */
const maxNames = 1_000;
/** Names printed of each reason, at most. */
const maxNamesShown = 3;

/** What a command takes for a record file, and the flag that has it take other files too. */
export interface RecordFileWords {
  readonly what: string;
  readonly flag: string;
}

const recordFile: RecordFileWords = { what: "record file", flag: "--format jsonl" };

/** Counts by reason, and the first 1,000 names of each, as `--json` prints them. */
export interface SkippedSummary {
  readonly reasons: Readonly<Partial<Record<SkipReason, number>>>;
  readonly names: readonly SkippedObject[];
}

/** What a source holds and a command does not process. Keeps the first 1,000 names of each reason. */
export class SkippedObjects {
  readonly #counts = new Map<SkipReason, number>();
  readonly #names = new Map<SkipReason, string[]>();
  readonly #words: RecordFileWords;

  constructor(words: RecordFileWords = recordFile) {
    this.#words = words;
  }

  /** Returns whether its name was kept. */
  add({ name, reason }: SkippedObject): boolean {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    const names = this.#names.get(reason) ?? [];
    this.#names.set(reason, names);
    const isKept = names.length < maxNames;
    if (isKept) names.push(name);
    return isKept;
  }

  count(...reasons: readonly SkipReason[]): number {
    return reasons.reduce((sum, reason) => sum + (this.#counts.get(reason) ?? 0), 0);
  }

  get total(): number {
    return this.count(...this.#counts.keys());
  }

  /** Whether all of them are skipped for what they are, or because no glob of `--include` matches. */
  get areAllUnfit(): boolean {
    return this.count("excluded", "other_time", "other_shard") === 0;
  }

  summary(): SkippedSummary {
    return {
      reasons: Object.fromEntries(this.#counts),
      names: [...this.#names].flatMap(([reason, names]) =>
        names.map((name) => ({
          name,
          reason,
          ...(reason === "other_time" ? { timeFrom: timeFrom(name) } : {}),
        }))
      ),
    };
  }

  toString(): string {
    return skippedText(this.summary(), this.#words);
  }
}

/** Why one object is skipped, in words. */
export function skipText({ name, reason }: SkippedObject, words = recordFile): string {
  if (reason === "not_a_record_file") return notRecordFiles([name], 1, words);
  const { isSelection, texts } = reasonTexts[reason];
  if (reason === "other_time") return `not selected by ${texts[0]}, by its ${timeFrom(name)}`;
  return isSelection ? `not selected by ${texts[0]}` : texts[0];
}

/** The failure that a name is which no program can open a file by. */
export function unusableName(url: string, { name }: SkippedObject): SluiceError {
  const shown = name.replaceAll("\ufffd", "\\ufffd");
  return new SluiceError({
    kind: "source",
    action: "read",
    subject: url + shown,
    reason: "its name is not UTF-8 (\\ufffd stands for what is not): rename it",
  });
}

function timeFrom(name: string): "name" | "date" {
  return nameTime(name) === undefined ? "date" : "name";
}

/** Whether the user has chosen that objects are skipped so. */
export function isSelection(reason: SkipReason): boolean {
  return reasonTexts[reason].isSelection === true;
}

/**
 * `3 skipped: part-0.json, part-1.json (not record files by their names: …), _tmp/ (its name begins with _ or .)`, then what
 * was not selected, as a number; empty if there is none of either.
 */
export function skippedText({ names, reasons }: SkippedSummary, words = recordFile): string {
  const groups: string[] = [], selections: [number, string][] = [];
  let skipped = 0;
  for (const [reason, n] of Object.entries(reasons) as [SkipReason, number][]) {
    const { isSelection, texts } = reasonTexts[reason];
    if (isSelection) {
      selections.push([n, `not selected by ${texts[0]}`]);
      continue;
    }
    skipped += n;
    const shown = names.filter((one) => one.reason === reason).slice(0, maxNamesShown).map(({ name }) =>
      name
    );
    const more = n > shown.length ? ` and ${count(n - shown.length)} more` : "";
    const why = reason === "not_a_record_file" ? notRecordFiles(shown, n, words) : texts[n === 1 ? 0 : 1];
    groups.push(`${shown.join(", ")}${more} (${why})`);
  }
  const parts = skipped === 0 ? [] : [`${count(skipped)} skipped: ${groups.join(", ")}`];
  return [...parts, tally(selections)].filter((text) => text !== "").join("; ");
}

/** Says which flag takes such files, if there is one. */
function notRecordFiles(names: readonly string[], n: number, { flag, what }: RecordFileWords): string {
  const text = n === 1 ? `not a ${what} by its name` : `not ${what}s by their names`;
  const plain = names.map((name) => name.replace(/\.(?:gz|gzip|zst)$/i, ""));
  if (plain.every((name) => otherFormats.test(name))) return text;
  const isTabbed = plain.every((name) => /\.tsv$/i.test(name));
  const flags = isTabbed ? `${flag.replace("jsonl", "csv")} --csv-delimiter tab` : flag;
  return `${text}: ${flags} takes ${n === 1 ? "it" : "them"}`;
}
