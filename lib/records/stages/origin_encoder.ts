import type { Batch } from "../batch.ts";
import { fieldSpans } from "../json_field.ts";
import { answerText } from "./answer_text.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Splices answers into lines of JSON, and where they came from: each in the place of its field's value, else behind the
 * last field, the answer first. Every other byte stays. Makes a string of each line, so it is slower than a scanner.
 */
export class OriginEncoder {
  readonly #outputField: string;
  readonly #provenanceField: string;
  readonly #quotedProvenance: string;
  /** Found in every line that writes the field with escapes. */
  readonly #escape: string;

  constructor(outputField: string, provenanceField: string) {
    this.#outputField = outputField;
    this.#provenanceField = provenanceField;
    this.#quotedProvenance = JSON.stringify(provenanceField);
    this.#escape = /^\w*$/.test(provenanceField) ? "\\u" : "\\";
  }

  /** The records with their answers, each ending in LF; and how many they are, since refused ones are left out. */
  encode(batch: Batch): { bytes: Uint8Array<ArrayBuffer>; records: number } {
    const { answers, ends, keyOf, origins, text } = batch;
    const pieces: string[] = [];
    let records = 0;
    for (let i = 0; i < ends.length; i++) {
      const slot = keyOf[i]!, answer = answers[slot], origin = origins?.[slot];
      if (answer === undefined || (origin === undefined && answer !== "refused")) {
        throw new Error("Cannot encode a record: it has no answer");
      }
      if (answer === "refused") continue;
      records++;
      const line = decoder.decode(text.subarray(i === 0 ? 0 : ends[i - 1]! + 1, ends[i]!));
      pieces.push(this.#splice(line, replacesAnswer(batch, i), answerText(answer), `"${origin}"`), "\n");
    }
    return { bytes: encoder.encode(pieces.join("")), records };
  }

  #splice(line: string, replacesAnswer: boolean, answer: string, origin: string): string {
    const mayHaveOrigin = line.includes(this.#quotedProvenance) || line.includes(this.#escape);
    const origins = mayHaveOrigin ? fieldSpans(line, this.#provenanceField) : [];
    const replaced = [
      ...(replacesAnswer ? fieldSpans(line, this.#outputField) : []).map((span) => ({
        ...span,
        text: answer,
      })),
      ...origins.map((span) => ({ ...span, text: origin })),
    ].sort((a, b) => a.start - b.start);
    let at = line.lastIndexOf("}");
    while (" \t\r\n".includes(line[at - 1]!)) at--;
    let added = "";
    if (!replacesAnswer) added += `,${JSON.stringify(this.#outputField)}:${answer}`;
    if (origins.length === 0) added += `,${this.#quotedProvenance}:${origin}`;
    let spliced = "", start = 0;
    for (const { end, start: from, text } of replaced) {
      spliced += line.slice(start, from) + text;
      start = end;
    }
    return spliced + line.slice(start, at) + added.slice(line[at - 1] === "{" ? 1 : 0) + line.slice(at);
  }
}

/** Whether the record has the output field already. */
function replacesAnswer({ overwrites, splices }: Batch, record: number): boolean {
  return overwrites?.has(record) === true ||
    (splices !== undefined && splices.starts[record]! < splices.ends[record]!);
}
