import type { Batch, ObjectCounts, Reject, RemovedLine } from "../../../lib/records/batch.ts";
import { parseLine } from "../../../lib/records/parse_line.ts";
import type { Recipe } from "../../../lib/recipe/recipe.ts";
import { REMOVED_LINE } from "./decode.ts";
import type { LineBatch } from "./window.ts";

export interface ParseStreamOptions {
  readonly recipe: Recipe;
  /** A key of more UTF-8 bytes than this does not fit a call. */
  readonly maxKeyBytes: number;
  /** Lines that the decode stage removed, in order. */
  readonly removed: RemovedLine[];
  readonly counts: ObjectCounts;
}

const encoder = new TextEncoder();
const LF = 10;

/**
 * Lines to records with their keys, a batch at a time; what is no record becomes a reject, blank lines are counted
 * and dropped. Every batch is passed on, even one without records: its rejects keep their place in the order.
 *
 * Where a key field stands twice in an object, its last value counts, as `JSON.parse` has it.
 */
export class ParseStream extends TransformStream<LineBatch, Batch> {
  constructor(options: ParseStreamOptions) {
    const { removed, counts } = options;
    let lineNumber = 0;
    super({
      transform(window, controller) {
        const lines: string[] = [];
        const lineNumbers: number[] = [];
        const keyOf: number[] = [];
        const keys: string[] = [];
        const indexOfKey = new Map<string, number>();
        const rejects: Reject[] = [];
        let overwrites: Set<number> | undefined;
        for (const line of window.lines) {
          lineNumber++;
          counts.in++;
          const parsed = line.startsWith(REMOVED_LINE) ? removed.shift()! : parseLine(line, options);
          if (parsed === undefined) {
            counts.blank++;
          } else if ("reason" in parsed) {
            rejects.push({ line: lineNumber, ...parsed });
            counts.rejectAll(rejects.slice(-1));
          } else {
            let index = indexOfKey.get(parsed.key);
            if (index === undefined) {
              index = keys.push(parsed.key) - 1;
              indexOfKey.set(parsed.key, index);
            }
            if (parsed.hasOutputField) (overwrites ??= new Set()).add(lines.length);
            keyOf.push(index);
            lines.push(line);
            lineNumbers.push(lineNumber);
          }
        }
        const { text, ends } = packLines(lines);
        controller.enqueue({
          text,
          ends,
          bytes: rejects.reduce((sum, reject) => sum + reject.text.length, text.length),
          lineNumbers: Uint32Array.from(lineNumbers),
          keyOf,
          keys,
          answers: new Array(keys.length).fill(undefined),
          overwrites,
          rejects,
        });
      },
    });
  }
}

/** Lines as UTF-8, each ending in LF, and where those are. */
function packLines(lines: readonly string[]): Pick<Batch, "text" | "ends"> {
  const text = encoder.encode(lines.length > 0 ? lines.join("\n") + "\n" : "");
  const ends = new Uint32Array(lines.length);
  let end = -1;
  for (let i = 0; i < ends.length; i++) ends[i] = end = text.indexOf(LF, end + 1);
  return { text, ends };
}
