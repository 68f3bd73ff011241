import { kindOf, SluiceError } from "../errors/sluice_error.ts";
import { readTextLines } from "../records/read_records.ts";
import {
  type MarkedObject,
  ObjectChangedError,
  ObjectGoneError,
  type Store,
  type StoreAbilities,
} from "../stores/store.ts";

/** What is there was not written by Sluice, as far as can be told, and is left as it is. */
export class ForeignFileError extends SluiceError {
  override readonly name = "ForeignFileError";

  /**
   * @param address Of what would be written.
   * @param reason Why it counts as foreign.
   */
  constructor(address: string, reason = "a file of that name is there that Sluice did not write") {
    super({
      kind: "sink",
      action: "write",
      subject: address,
      reason: `${reason}: move it, choose another --to, or use --overwrite`,
    });
  }
}

/**
 * Refuses to replace an output that has no mark.
 *
 * @param output What is there.
 * @throws {ForeignFileError}
 */
export function refuseForeignOutput(
  { abilities, url }: { readonly url: string; readonly abilities?: Pick<StoreAbilities, "marksAreKept"> },
  output: MarkedObject | undefined,
): void {
  if (output === undefined || output.mark !== undefined) return;
  const marks = abilities?.marksAreKept;
  throw new ForeignFileError(
    url + output.name,
    "a file of that name is there that Sluice did not write, or that was changed since" +
      (marks === undefined ? "" : `, or whose mark is lost (marks are ${marks})`),
  );
}

/** Lines are read up to this length: those of rejects hold at most 64 KiB of a line, escaped. */
const maxLineBytes = 1024 ** 2;
const maxExpansion = 1_000;
/** How often a file is looked at that changes meanwhile. */
const maxLooks = 3;

/** A line of JSON: an object, or one without fields where it is anything else. */
export type LineObject = Readonly<Record<string, unknown>>;

/** Whether a line is one of a rejects object. */
export function isRejectLine(line: LineObject): boolean {
  return "object" in line && "reason" in line;
}

/** Whether a line is one of a list of skipped questions. */
export function isSkippedLine(line: LineObject): boolean {
  return "object" in line && "records" in line;
}

/**
 * Whether a file without a mark is there: `ours` if it is empty, or its first line is one of ours.
 *
 * @param isOurs Judges the first line.
 */
export async function unmarkedFile(
  store: Pick<Store, "head" | "read">,
  name: string,
  isOurs: (line: LineObject) => boolean,
  signal: AbortSignal,
): Promise<"absent" | "ours" | "foreign"> {
  for (let look = 1;; look++) {
    const found = await store.head(name, signal);
    if (found === undefined) return "absent";
    if (found.bytes === 0) return "ours";
    try {
      const line = await firstLine(await store.read(found, 0, signal));
      return isOurs(line) ? "ours" : "foreign";
    } catch (error) {
      const isOther = error instanceof ObjectGoneError || error instanceof ObjectChangedError;
      if (!isOther || look === maxLooks) throw error;
    }
  }
}

async function firstLine(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<LineObject> {
  try {
    for await (const [line] of readTextLines(bytes, { maxExpansion, maxLineBytes })) {
      const value: unknown = typeof line === "string" ? JSON.parse(line) : undefined;
      return typeof value === "object" && value !== null ? value as LineObject : {};
    }
  } catch (error) {
    // What cannot be decompressed or parsed is no line of ours; what cannot be read is another matter.
    if (!(error instanceof SyntaxError) && kindOf(error) !== "data") throw error;
  }
  return {};
}
