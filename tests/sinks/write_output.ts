import type { Batch, Reject } from "../../lib/records/batch.ts";
import { ObjectCounts } from "../../lib/records/batch.ts";
import type { Recipe } from "../../lib/recipe/recipe.ts";
import type { Output, OutputUnit, Sink } from "../../lib/sinks/sink.ts";

export const recipe: Recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "level",
  modelName: "m",
  modelVersion: "1",
  normalize: "exact",
};

const { signal } = new AbortController();

/** Lines of JSON as a batch, each answered with 3, or in turn with `answers`. */
export function batchOf(lines: string, answers: Batch["answers"] = [3]): Batch {
  const text = new TextEncoder().encode(lines);
  const ends = Uint32Array.from(text.entries().filter(([, byte]) => byte === 10).map(([i]) => i));
  return {
    text,
    ends,
    lineNumbers: Uint32Array.from(ends, (_, i) => i + 1),
    bytes: text.length,
    keyOf: Array.from(ends, (_, i) => i % answers.length),
    keys: answers.map(String),
    answers: [...answers],
    rejects: [],
  };
}

/** A unit of work with little said of it. */
export function unitOf(name: string, changes: Partial<OutputUnit> = {}): OutputUnit {
  return {
    name,
    source: `file:///in/${name}`,
    format: "jsonl",
    codec: { gzip: false },
    recipe,
    condition: "always",
    mark: { sourceEtag: "s", recipe: "r", rejects: 0 },
    mayHaveRejects: true,
    listsSkipped: false,
    counts: new ObjectCounts(),
    signal,
    ...changes,
  };
}

/** Sends batches into an output, and says that there are no more. */
export async function send(output: Output, ...batches: Batch[]): Promise<void> {
  const writer = output.records.getWriter();
  for (const batch of batches) await writer.write(batch);
  await writer.close();
}

export interface WriteOutputOptions extends Partial<OutputUnit> {
  readonly rejects?: readonly Reject[];
}

/** Writes lines of JSON as an output; resolves to its ETag. */
export async function writeOutput(
  sink: Sink,
  name: string,
  lines: string,
  { rejects = [], ...changes }: WriteOutputOptions = {},
): Promise<string> {
  const unit = unitOf(name, changes);
  const output = sink.begin(unit);
  try {
    if (rejects.length > 0) await output.reject(rejects);
    await send(output, ...lines === "" ? [] : [batchOf(lines)]);
    return (await output.commit({ ...unit.mark, rejects: rejects.length })).etag;
  } catch (error) {
    await output.abort(error);
    throw error;
  }
}

/** A reject with a text. */
export function rejectOf(line: number, text: string): Reject {
  return { line, reason: "invalid_json", text, bytes: text.length };
}
