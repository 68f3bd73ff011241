import type { Batch, ObjectCounts } from "../batch.ts";
import { type FieldSpan, fieldSpans } from "../json_field.ts";

export interface EncodeStreamOptions {
  /** Field that the answer is written to. */
  readonly outputField: string;
  readonly counts: ObjectCounts;
}

/**
 * Splices each record's answer into its line as it was read, and encodes: one chunk of lines a batch, each ending in
 * `\n`. Where the record has the output field already, its value is replaced; every other byte stays.
 */
export class EncodeStream extends TransformStream<Batch, Uint8Array<ArrayBuffer>> {
  constructor(options: EncodeStreamOptions) {
    const { outputField, counts } = options;
    const encoder = new TextEncoder();
    const name = JSON.stringify(outputField);
    super({
      transform(batch, controller) {
        if (batch.lines.length === 0) return;
        const { lines, keyOf, answers, overwrites } = batch;
        const out = new Array<string>(lines.length);
        for (let i = 0; i < lines.length; i++) {
          const answer = answers[keyOf[i]!];
          if (answer === undefined) throw new Error("Cannot encode a record: it has no answer");
          out[i] = overwrites?.has(i)
            ? replaceField(lines[i]!, outputField, answer)
            : addField(lines[i]!, name, answer);
        }
        counts.out += out.length;
        out.push("");
        controller.enqueue(encoder.encode(out.join("\n")));
      },
    });
  }
}

/**
 * Puts a field at the end of an object's text that does not have it yet.
 *
 * @param name The field's name as JSON, in quotes.
 */
export function addField(line: string, name: string, answer: number): string {
  let end = line.lastIndexOf("}") - 1;
  while (isSpace(line.charCodeAt(end))) end--;
  const comma = line.charCodeAt(end) === 0x7b ? "" : ",";
  return `${line.slice(0, end + 1)}${comma}${name}:${answer}${line.slice(end + 1)}`;
}

/** Puts an answer in the place of a field's value, wherever the field stands at the top of an object's text. */
export function replaceField(line: string, field: string, answer: number): string {
  return fieldSpans(line, field).reduceRight(
    (text: string, { start, end }: FieldSpan) => text.slice(0, start) + answer + text.slice(end),
    line,
  );
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
