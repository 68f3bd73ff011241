/** Lines of every kind with what must become of them, said line by line rather than computed. */
import { assertEquals } from "@std/assert/mod.js";
import { maxRejectTextBytes } from "../../lib/records/rejects.ts";
import { fakeLevel } from "../fakes/model_behaviour.ts";

/** A line as it stands in the source, and what comes of it. */
export interface CorpusLine {
  readonly input: Uint8Array<ArrayBuffer>;
  /** The output's line; `undefined` for a reject or a blank line. */
  readonly output?: Uint8Array<ArrayBuffer>;
  /** Why it is rejected. */
  readonly reason?: string;
  /** The question that it brings up. */
  readonly pair?: string;
}

const encoder = new TextEncoder();

/** @param output The line with `@` where the level goes. */
function record(input: string, output: string, company: string, title: string): CorpusLine {
  const level = String(fakeLevel(company, title));
  return {
    input: encoder.encode(input),
    output: encoder.encode(output.replace("@", level)),
    pair: `${company.length} ${company} ${title}`,
  };
}

function reject(reason: string, input: string | number[]): CorpusLine {
  return { reason, input: typeof input === "string" ? encoder.encode(input) : Uint8Array.from(input) };
}

const blank = (input: string): CorpusLine => ({ input: encoder.encode(input) });

/** Lines that tempt a program to change, lose or mistake something. */
export function oddLines(): CorpusLine[] {
  return [
    record(`{"company":"a","title":"b"}`, `{"company":"a","title":"b","seniority":@}`, "a", "b"),
    // Equal lines stay as many as they were.
    record(`{"company":"a","title":"b"}`, `{"company":"a","title":"b","seniority":@}`, "a", "b"),
    // Keys that run into each other.
    record(`{"company":"ab","title":"c"}`, `{"company":"ab","title":"c","seniority":@}`, "ab", "c"),
    record(`{"company":"a","title":"bc"}`, `{"company":"a","title":"bc","seniority":@}`, "a", "bc"),
    // White space, order of keys, numbers and escapes are the sender's.
    record(
      `  { "title" : "b" , "id": 12345678901234567890, "x":1e400,"company":"\\u0061" } `,
      `  { "title" : "b" , "id": 12345678901234567890, "x":1e400,"company":"\\u0061","seniority":@ } `,
      "a",
      "b",
    ),
    record(
      `{"company":"Löwen & Söhne","title":"Geschäftsführer 👔"}`,
      `{"company":"Löwen & Söhne","title":"Geschäftsführer 👔","seniority":@}`,
      "Löwen & Söhne",
      "Geschäftsführer 👔",
    ),
    record(`{"company":"","title":""}`, `{"company":"","title":"","seniority":@}`, "", ""),
    record(`{"company":"}","title":"{\\"}"}`, `{"company":"}","title":"{\\"}","seniority":@}`, "}", `{"}`),
    record(
      `{"__proto__":{"a":1},"company":"p","title":"q"}`,
      `{"__proto__":{"a":1},"company":"p","title":"q","seniority":@}`,
      "p",
      "q",
    ),
    record(
      `{"company":"x","company":"y","title":"z"}`,
      `{"company":"x","company":"y","title":"z","seniority":@}`,
      "y",
      "z",
    ),
    // The output field is there already.
    record(
      `{"seniority": {"old":[1]} ,"company":"a","title":"b"}`,
      `{"seniority": @ ,"company":"a","title":"b"}`,
      "a",
      "b",
    ),
    record(
      `{"company":"a","title":"b","seniorit\\u0079":null}`,
      `{"company":"a","title":"b","seniorit\\u0079":@}`,
      "a",
      "b",
    ),
    record(
      `{"company":"a","title":"b","x":{"seniority":1}}`,
      `{"company":"a","title":"b","x":{"seniority":1},"seniority":@}`,
      "a",
      "b",
    ),
    blank(""),
    blank("  \t"),
    reject("invalid_json", `{"company":"a","title":"b"`),
    reject("invalid_json", `{"company":"a","title":"b"} {}`),
    reject("invalid_json", "\0"),
    reject("not_an_object", `["a","b"]`),
    reject("not_an_object", "null"),
    reject("missing_key_field", `{"company":"a"}`),
    reject("key_field_not_text", `{"company":"a","title":7}`),
    reject("null_key_field", `{"company":null,"title":"b"}`),
    reject("missing_key_field", `{}`),
    reject("invalid_key", `{"company":"a","title":"\\ud800"}`),
    reject("invalid_utf8", [0x7b, 0xff, 0x7d]),
  ];
}

/** Ordinary lines: `pairs` different ones of them, in turn. */
export function plainLines(lines: number, pairs: number): CorpusLine[] {
  return Array.from({ length: lines }, (_, i) => {
    const company = `Company ${i % pairs % 50}`, title = `Title ${i % pairs}`;
    const text =
      `{"url": "https://example.org/${i}", "company": "${company}", "title": "${title}", "scraped_on": ${i}}`;
    return record(text, `${text.slice(0, -1)},"seniority":@}`, company, title);
  });
}

/** Lines as one object's bytes; each ends in `newline`, the last one only if `closed`. */
export function joinLines(
  lines: readonly Uint8Array[],
  { newline = "\n", closed = true }: { readonly newline?: string; readonly closed?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  lines.forEach((line, i) => {
    parts.push(line);
    if (closed || i < lines.length - 1) parts.push(encoder.encode(newline));
  });
  return concat(parts);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What the output must be. */
export function expectedOutput(lines: readonly CorpusLine[]): Uint8Array<ArrayBuffer> {
  return joinLines(lines.flatMap(({ output }) => output ?? []));
}

/** What the rejects must be, parsed. */
export function expectedRejects(object: string, lines: readonly CorpusLine[]): unknown[] {
  return lines.flatMap(({ input, reason }, i) => {
    if (reason === undefined) return [];
    const kept = input.subarray(0, maxRejectTextBytes);
    const content = {
      ...reason === "invalid_utf8"
        ? { base64: btoa(String.fromCharCode(...kept)) }
        : { text: new TextDecoder().decode(kept) },
      ...kept.length < input.length ? { bytes: input.length } : {},
    };
    return [{ object, line: i + 1, reason, ...content }];
  });
}

/** Fails at the first line in which two byte arrays differ. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, name: string): void {
  const lines = [actual, expected].map((bytes) => new TextDecoder("latin1").decode(bytes).split("\n"));
  const [actualLines, expectedLines] = lines as [string[], string[]];
  const at = expectedLines.findIndex((line, i) => line !== actualLines[i]);
  if (at >= 0) assertEquals(actualLines[at], expectedLines[at], `${name} line ${at + 1}`);
  assertEquals(actualLines.length, expectedLines.length, `${name}: lines`);
}
