import type { Answer, Batch, ObjectCounts } from "../batch.ts";
import { fieldSpans } from "../json_field.ts";
import type { LineScanner } from "../scan/scan_lines.ts";
import { answerText } from "./answer_text.ts";
import { OriginEncoder } from "./origin_encoder.ts";

export interface EncodeStreamOptions {
  /** Field that the answer is written to. */
  readonly outputField: string;
  /** Field that gets where the answer came from; none unless told. */
  readonly provenanceField?: string;
  readonly counts: ObjectCounts;
  /** Writes batches that were scanned as bytes. */
  readonly scanner?: LineScanner;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const OPEN = 0x7b, CLOSE = 0x7d;

/**
 * Splices each record's answer into its line as it was read: one chunk of lines a batch, each ending in LF. Where the
 * record has the output field already, its value is replaced; every other byte stays. Records whose question was
 * refused are left out; where it was skipped, the answer is `null`. The batch's text is used up.
 */
export class EncodeStream extends TransformStream<Batch, Uint8Array<ArrayBuffer>> {
  constructor(options: EncodeStreamOptions) {
    const { outputField, provenanceField, counts, scanner } = options;
    const spliced = new SplicedField(outputField);
    const origins = provenanceField === undefined
      ? undefined
      : new OriginEncoder(outputField, provenanceField);
    super({
      transform(batch, controller) {
        if (batch.ends.length === 0) return;
        const { bytes, records } = origins?.encode(batch) ?? encodeScanned(batch, scanner) ??
          encodeBatch(batch, spliced);
        if (records > 0) controller.enqueue(bytes);
        counts.out += records;
        // Given back now rather than when it is collected: batches that wait for the model are most of the memory.
        batch.text.buffer.transfer(0);
      },
    });
  }
}

/** `undefined` where the scanner does not know where all answers go, or how they are written. */
function encodeScanned({ text, ends, splices, overwrites, keyOf, answers }: Batch, scanner?: LineScanner) {
  if (scanner === undefined || splices === undefined || overwrites !== undefined) return undefined;
  return scanner.encode(
    { text, ends, spliceStarts: splices.starts, spliceEnds: splices.ends, keyOf },
    answers,
  );
}

/** A field with its answer, as it stands behind a record's other fields. */
class SplicedField {
  readonly field: string;
  readonly #name: string;
  /** By answer: with the comma before it. */
  readonly #texts = new Map<Answer, Uint8Array>();

  constructor(field: string) {
    this.field = field;
    this.#name = JSON.stringify(field);
  }

  text(answer: Answer): Uint8Array {
    let text = this.#texts.get(answer);
    if (text === undefined) {
      this.#texts.set(answer, text = encoder.encode(`,${this.#name}:${answerText(answer)}`));
    }
    return text;
  }
}

function encodeBatch(
  batch: Batch,
  spliced: SplicedField,
): { bytes: Uint8Array<ArrayBuffer>; records: number } {
  const { answers, ends, keyOf, splices, text } = batch;
  const replaces = (i: number) =>
    batch.overwrites?.has(i) || (splices !== undefined && splices.starts[i]! < splices.ends[i]!);
  const added = answers.reduce<number>(
    (most, answer) => answer === undefined ? most : Math.max(most, spliced.text(answer).length),
    0,
  );
  let out = new Uint8Array(text.length + ends.length * added);
  let filled = 0, records = 0;
  /** What stands before `start` has been taken over. */
  let start = 0;
  const append = (bytes: Uint8Array) => {
    // Only a value that is longer than the one it replaces can need more room.
    if (filled + bytes.length > out.length) {
      out = new Uint8Array(out.buffer.transfer(2 * out.length + bytes.length));
    }
    out.set(bytes, filled);
    filled += bytes.length;
  };
  for (let i = 0; i < ends.length; i++) {
    const answer = answers[keyOf[i]!];
    if (answer === undefined) throw new Error("Cannot encode a record: it has no answer");
    const lineStart = i === 0 ? 0 : ends[i - 1]! + 1, end = ends[i]!;
    if (answer === "refused") {
      append(text.subarray(start, lineStart));
      start = end + 1;
      continue;
    }
    records++;
    if (replaces(i)) {
      append(text.subarray(start, lineStart));
      append(
        encoder.encode(
          replaceField(decoder.decode(text.subarray(lineStart, end)), spliced.field, answerText(answer)),
        ),
      );
      start = end;
    } else {
      const at = fieldsEnd(text, end);
      append(text.subarray(start, at));
      append(text[at - 1] === OPEN ? spliced.text(answer).subarray(1) : spliced.text(answer));
      start = at;
    }
  }
  append(text.subarray(start));
  return { bytes: out.subarray(0, filled), records };
}

/**
 * Where a further field goes in an object's text: behind its last field, before the white space at its end.
 *
 * @param end Where the line ends.
 */
export function fieldsEnd(text: Uint8Array, end: number): number {
  let at = end - 1;
  while (text[at] !== CLOSE) at--;
  while (isSpace(text[at - 1])) at--;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
}

/**
 * Puts a text in the place of a field's value, wherever the field stands at the top of an object's text.
 *
 * @param line Valid JSON of an object that has the field.
 */
export function replaceField(line: string, field: string, value: string | number): string {
  return fieldSpans(line, field)
    .reduceRight((text, { start, end }) => text.slice(0, start) + value + text.slice(end), line);
}
