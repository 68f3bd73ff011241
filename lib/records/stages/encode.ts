import { type Answer, type Batch, noAnswer, type ObjectCounts } from "../batch.ts";
import { FieldName, JsonSpans } from "../json_spans.ts";
import type { LineScanner } from "../scan/scan_lines.ts";

export interface EncodeStreamOptions {
  /** Field that the answer is written to. */
  readonly outputField: string;
  /** Field that gets where the answer came from; absent if that is not recorded. */
  readonly provenanceField?: string;
  readonly counts: ObjectCounts;
  /** Writes batches that were scanned as bytes. */
  readonly scanner?: LineScanner;
}

const encoder = new TextEncoder();
const OPEN = 0x7b;

/**
 * Splices each record's answer into its line as it was read: one chunk of lines a batch, each ending in LF. Where the
 * record has the output field already, its value is replaced, wherever it stands at the top of the record; else the field
 * goes behind the last one. Where answers came from is written in the same way, behind the answer. Every other byte stays.
 * Records whose question was refused are left out; where it was skipped, the answer is `null`. The batch's text is used up.
 */
export class EncodeStream extends TransformStream<Batch, Uint8Array<ArrayBuffer>> {
  constructor({ outputField, provenanceField, counts, scanner }: EncodeStreamOptions) {
    const answer = new SplicedField(outputField);
    const origin = provenanceField === undefined ? undefined : new SplicedField(provenanceField);
    super({
      transform(batch, controller) {
        if (batch.ends.length === 0) return;
        const { bytes, records } = origin === undefined
          ? encodeScanned(batch, scanner) ?? encodeBatch(batch, answer)
          : encodeBatch(batch, answer, origin);
        if (records > 0) controller.enqueue(bytes);
        counts.out += records;
        // Given back now rather than when it is collected: batches that wait for the model are most of the memory.
        batch.text.buffer.transfer(0);
      },
    });
  }
}

/** An answer as it stands in JSON; `null` if it is missing. */
export function answerText(answer: Answer): string {
  return typeof answer === "number" ? String(answer) : "null";
}

/** `undefined` where the scanner does not know where all answers go, or how they are written. */
function encodeScanned({ text, ends, splices, overwrites, keyOf, answers }: Batch, scanner?: LineScanner) {
  if (scanner === undefined || splices === undefined || overwrites !== undefined) return undefined;
  return scanner.encode(
    { text, ends, spliceStarts: splices.starts, spliceEnds: splices.ends, keyOf },
    answers,
  );
}

/** Lines of JSON with their answers, each ending in LF, as an output has them; for a few batches. */
export function encodeLines(batch: Batch, outputField: string, provenanceField?: string): Uint8Array {
  const origin = provenanceField === undefined ? undefined : new SplicedField(provenanceField);
  return encodeBatch(batch, new SplicedField(outputField), origin).bytes;
}

/** A field that is written: its name, and its values as they stand in JSON. */
class SplicedField {
  readonly name: FieldName;
  /** What stands before a value where the record does not have the field. */
  readonly prefix: Uint8Array;
  readonly #values = new Map<string, Uint8Array>();

  constructor(name: string) {
    this.name = new FieldName(name);
    this.prefix = encoder.encode(`,${JSON.stringify(name)}:`);
  }

  value(json: string): Uint8Array {
    let value = this.#values.get(json);
    if (value === undefined) this.#values.set(json, value = encoder.encode(json));
    return value;
  }
}

/** The records with their answers, each ending in LF; and how many they are, since refused ones are left out. */
function encodeBatch(
  batch: Batch,
  answered: SplicedField,
  traced?: SplicedField,
): { bytes: Uint8Array<ArrayBuffer>; records: number } {
  const { answers, ends, keyOf, origins, overwrites, splices, text } = batch;
  const spans = new JsonSpans();
  const fields = traced === undefined ? [answered] : [answered, traced];
  let out = new Uint8Array(
    text.length + ends.length * (answered.prefix.length + (traced?.prefix.length ?? 0) + 16),
  );
  let filled = 0, records = 0;
  /** What stands before `start` has been taken over, or left out. */
  let start = 0;
  const append = (bytes: Uint8Array) => {
    // Only a value that is longer than the one it replaces, or an unusual answer, can need more room.
    if (filled + bytes.length > out.length) {
      out = new Uint8Array(out.buffer.transfer(2 * out.length + bytes.length));
    }
    out.set(bytes, filled);
    filled += bytes.length;
  };
  const replace = (from: number, to: number, value: Uint8Array) => {
    append(text.subarray(start, from));
    append(value);
    start = to;
  };
  const add = (at: number, missing: readonly SplicedField[], values: readonly Uint8Array[]) => {
    append(text.subarray(start, at));
    start = at;
    missing.forEach(({ prefix }, i) => {
      append(i === 0 && text[at - 1] === OPEN ? prefix.subarray(1) : prefix);
      append(values[i]!);
    });
  };
  for (let i = 0; i < ends.length; i++) {
    const slot = keyOf[i]!, answer = answers[slot];
    const lineStart = i === 0 ? 0 : ends[i - 1]! + 1, end = ends[i]!;
    if (answer === "refused") {
      append(text.subarray(start, lineStart));
      start = end + 1;
      continue;
    }
    if (answer === undefined || (traced !== undefined && origins?.[slot] === undefined)) throw noAnswer();
    records++;
    const values = [answered.value(answerText(answer))];
    if (traced === undefined && splices !== undefined && overwrites?.has(i) !== true) {
      const from = splices.starts[i]!, to = splices.ends[i]!;
      if (from < to) replace(from, to, values[0]!);
      else add(from, fields, values);
      continue;
    }
    if (traced !== undefined) values.push(traced.value(`"${origins![slot]}"`));
    spans.read(text, lineStart, end);
    const found = fields.map(({ name }) => spans.find(text, name));
    const replaced = found.flatMap((indexes, i) => indexes.map((field) => ({ field, value: values[i]! })));
    replaced.sort((a, b) => a.field - b.field);
    for (const { field, value } of replaced) replace(spans.values[field]!, spans.valueEnds[field]!, value);
    const isMissing = (_: unknown, i: number) => found[i]!.length === 0;
    add(spans.fieldsEnd, fields.filter(isMissing), values.filter(isMissing));
  }
  append(text.subarray(start));
  return { bytes: out.subarray(0, filled), records };
}
