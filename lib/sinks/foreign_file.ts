import { kindOf, SluiceError } from "../errors/sluice_error.ts";
import type { TextLine } from "../records/stages/text_lines.ts";
import type { MarkedObject, Store, StoreAbilities } from "../stores/store.ts";
import { readLinesBeside, type ReadLinesBesideOptions } from "./lines_beside.ts";

export interface ForeignFileErrorOptions {
  /** Why it counts as foreign. */
  readonly why?: string;
  /** The flag that names the place. Defaults to `--to`. */
  readonly flag?: string;
}

/** What is there was not written by Sluice, as far as can be told, and is left as it is. */
export class ForeignFileError extends SluiceError {
  override readonly name = "ForeignFileError";

  /** @param address Of what would be written. */
  constructor(
    address: string,
    { flag = "--to", why = "a file of that name is there that Sluice did not write" }:
      ForeignFileErrorOptions = {},
  ) {
    super({
      kind: "sink",
      action: "write",
      subject: address,
      reason: `${why}: move it, choose another ${flag}, or use --overwrite`,
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
  throw new ForeignFileError(url + output.name, {
    why: "a file of that name is there that Sluice did not write, or that was changed since" +
      (marks === undefined ? "" : `, or whose mark is lost (marks are ${marks})`),
  });
}

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

export interface UnmarkedFileOptions extends ReadLinesBesideOptions {
  /** Judges the first line. */
  readonly isOurs: (line: LineObject) => boolean;
}

/** Whether a file without a mark is there: `ours` if it is empty, or its first line is one of ours. */
export async function unmarkedFile(
  store: Pick<Store, "head" | "read">,
  name: string,
  { isOurs, ...options }: UnmarkedFileOptions,
): Promise<"absent" | "ours" | "foreign"> {
  const found = await readLinesBeside(store, name, async (lines, { bytes }) => {
    if (bytes > 0) return isOurs(await firstLine(lines)) ? "ours" : "foreign";
    await lines.cancel();
    return "ours";
  }, options);
  return found ?? "absent";
}

async function firstLine(lines: ReadableStream<TextLine[]>): Promise<LineObject> {
  try {
    for await (const [line] of lines) {
      const value: unknown = typeof line === "string" ? JSON.parse(line) : undefined;
      return typeof value === "object" && value !== null ? value as LineObject : {};
    }
  } catch (error) {
    // What cannot be decompressed or parsed is no line of ours; what cannot be read is another matter.
    if (!(error instanceof SyntaxError) && kindOf(error) !== "data") throw error;
  }
  return {};
}
