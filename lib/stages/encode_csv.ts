import type { Batch, CsvSplices, ObjectCounts } from "../batch.ts";

export interface EncodeCsvStreamOptions {
  readonly counts: ObjectCounts;
}

const encoder = new TextEncoder();

/**
 * Puts each row's answer behind its last field, or in the place of the fields that the output column has: one chunk of
 * rows a batch, each ending in LF, and before them the header row, with or without rows. Every other byte stays.
 * Records whose question was refused are left out. The batch's text is used up.
 */
export class EncodeCsvStream extends TransformStream<Batch, Uint8Array<ArrayBuffer>> {
  constructor({ counts }: EncodeCsvStreamOptions) {
    super({
      transform(batch, controller) {
        if (batch.csv === undefined) throw new Error("Cannot encode a batch as CSV: it is not of CSV rows");
        if (batch.csv.header !== undefined) controller.enqueue(batch.csv.header);
        if (batch.ends.length === 0) return;
        const { bytes, records } = encodeRows(batch, batch.csv);
        if (records > 0) controller.enqueue(bytes);
        counts.out += records;
        // Given back now rather than when it is collected: batches that wait for the model are most of the memory.
        batch.text.buffer.transfer(0);
      },
    });
  }
}

function encodeRows(
  { answers, ends, keyOf, text }: Batch,
  { delimiter, replaced }: CsvSplices,
): { bytes: Uint8Array<ArrayBuffer>; records: number } {
  const written = answers.map((answer) =>
    typeof answer === "number"
      ? encoder.encode(`${replaced === undefined ? delimiter : ""}${answer}`)
      : answer
  );
  const longest = written.reduce((most, answer) => Math.max(most, answer?.length ?? 0), 0);
  const count = replaced?.count ?? 1;
  const out = new Uint8Array(text.length + ends.length * count * longest);
  let filled = 0, records = 0;
  /** What stands before `start` has been taken over, or left out. */
  let start = 0;
  const append = (bytes: Uint8Array) => {
    out.set(bytes, filled);
    filled += bytes.length;
  };
  for (let i = 0; i < ends.length; i++) {
    const answer = written[keyOf[i]!];
    if (answer === undefined) throw new Error("Cannot encode a record: it has no answer");
    if (answer === "refused") {
      append(text.subarray(start, i === 0 ? 0 : ends[i - 1]! + 1));
      start = ends[i]! + 1;
      continue;
    }
    records++;
    for (let field = i * count; field < (i + 1) * count; field++) {
      append(text.subarray(start, replaced?.starts[field] ?? ends[i]!));
      append(answer);
      start = replaced?.ends[field] ?? ends[i]!;
    }
  }
  append(text.subarray(start));
  return { bytes: out.subarray(0, filled), records };
}
