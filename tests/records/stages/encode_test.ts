import { assertEquals, assertRejects } from "@std/assert/mod.js";
import fc from "fast-check";
import { type Batch, ObjectCounts } from "../../../lib/records/batch.ts";
import { EncodeStream } from "../../../lib/records/stages/encode.ts";
import { numRuns } from "../../property_runs.ts";
import { runStage } from "./run_stage.ts";

/** Encodes lines, all of them with the answer 3 or with `answers`. */
async function encode(lines: string[], answers: Batch["answers"] = [3], overwrites?: Set<number>) {
  const text = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const ends = Uint32Array.from(text.entries().filter(([, byte]) => byte === 10).map(([i]) => i));
  const keyOf = lines.map((_, i) => i % answers.length);
  const batch: Batch = {
    text,
    ends,
    lineNumbers: ends,
    bytes: text.length,
    keyOf,
    keys: answers.map(String),
    answers,
    overwrites,
    rejects: [],
  };
  const counts = new ObjectCounts();
  const chunks = await runStage<Batch, Uint8Array>(
    [batch],
    new EncodeStream({ outputField: "level", counts }),
  );
  assertEquals(counts.out, keyOf.filter((index) => answers[index] !== "refused").length);
  return chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
}

Deno.test("EncodeStream() splices each record's answer behind its last field", async () => {
  assertEquals(
    await encode(['{"a":1}', '{"ü":"👔"}', '{"a":2}'], [3, 7]),
    '{"a":1,"level":3}\n{"ü":"👔","level":7}\n{"a":2,"level":3}\n',
  );
});

Deno.test("EncodeStream() of a batch without records is nothing", async () => {
  assertEquals(await encode([]), "");
});

for (
  const [line, expected] of [
    ["{}", '{"level":3}'],
    ["{ }", '{"level":3 }'],
    ['{"a":1 }  ', '{"a":1,"level":3 }  '],
    [' \t{ "a" : "}" \t} ', ' \t{ "a" : "}","level":3 \t} '],
    ['{"a":{"b":{}}}', '{"a":{"b":{}},"level":3}'],
    [
      '{"id":12345678901234567890,"x":1e400,"e":"\\u0061"}',
      '{"id":12345678901234567890,"x":1e400,"e":"\\u0061","level":3}',
    ],
  ] as const
) {
  Deno.test(`EncodeStream() splices into ${line}`, async () => {
    assertEquals(await encode([line]), `${expected}\n`);
  });
}

for (
  const [line, expected] of [
    ['{"level":1}', '{"level":3}'],
    ['{"level" : {"a":[1,{"level":2}]} ,"b":1}', '{"level" : 3 ,"b":1}'],
    ['{"a":"level","\\u006cevel":null }', '{"a":"level","\\u006cevel":3 }'],
    ['{"level":"x\\"}","b":{"level":1},"level":true}', '{"level":3,"b":{"level":1},"level":3}'],
  ] as const
) {
  Deno.test(`EncodeStream() replaces the value in ${line}`, async () => {
    assertEquals(await encode([line], [3], new Set([0])), `${expected}\n`);
  });
}

Deno.test("EncodeStream() takes replaced and spliced lines in any order, growing where it must", async () => {
  const lines = ['{"level":0}', '{"a":1}', '{"level":0}', '{"level":0}', '{"a":1}'];
  assertEquals(
    await encode(lines, [123456789012345], new Set([0, 2, 3])),
    lines.map((line) =>
      line.includes("level") ? '{"level":123456789012345}\n' : '{"a":1,"level":123456789012345}\n'
    ).join(""),
  );
});

Deno.test("EncodeStream() refuses a record without an answer", async () => {
  await assertRejects(() => encode(["{}"], [undefined]), Error, "Cannot encode a record: it has no answer");
});

/** A name in a text: as JSON writes it, or all of it in escapes. */
const written = (name: string, escaped: boolean) =>
  escaped
    ? `"${
      Array.from({ length: name.length }, (_, i) => `\\u${name.charCodeAt(i).toString(16).padStart(4, "0")}`)
        .join("")
    }"`
    : JSON.stringify(name);

/** An object's text in pieces, with any white space: `level` is null where the piece is the output field's value. */
const objectPieces = fc.record({
  fields: fc.array(
    fc.record({
      name: fc.oneof(
        fc.string({ unit: "grapheme", maxLength: 4 }),
        fc.constantFrom("level", "__proto__", "}", '"', "\\", "level "),
      ),
      escaped: fc.boolean(),
      value: fc.oneof(
        fc.json({ maxDepth: 2 }),
        fc.constantFrom("12345678901234567890", "1e400", "-0", '"\\ud800"', '"\\\\"', '{ "level" : [ 1 ] }'),
      ),
    }),
    { maxLength: 5 },
  ),
  spaces: fc.array(fc.constantFrom("", " ", "\t", "\r", "  "), { minLength: 1, maxLength: 7 }),
}).map(({ fields, spaces }) => {
  let at = 0;
  const space = () => spaces[at++ % spaces.length]!;
  const pieces: { text: string; isLevel?: boolean }[] = [{ text: `${space()}{` }];
  for (const [i, { name, escaped, value }] of fields.entries()) {
    pieces.push({ text: `${i > 0 ? "," : ""}${space()}${written(name, escaped)}${space()}:${space()}` });
    pieces.push({ text: value, isLevel: name === "level" });
    pieces.push({ text: i < fields.length - 1 ? space() : "" });
  }
  return { pieces, end: `${space()}}${space()}`, isEmpty: fields.length === 0 };
});

Deno.test("EncodeStream() changes nothing else of any object", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(objectPieces, { maxLength: 6 }),
      fc.integer({ min: 1, max: 7 }),
      async (objects, level) => {
        const lines = objects.map(({ pieces, end }) => pieces.map(({ text }) => text).join("") + end);
        const overwrites = objects.flatMap(({ pieces }, i) =>
          pieces.some(({ isLevel }) => isLevel) ? [i] : []
        );
        const expected = objects.map(({ pieces, end, isEmpty }, i) => {
          const inserted = overwrites.includes(i) ? "" : `${isEmpty ? "" : ","}"level":${level}`;
          return pieces.map(({ text, isLevel }) => isLevel ? String(level) : text).join("") + inserted + end;
        });
        const output = await encode(lines, [level], overwrites.length > 0 ? new Set(overwrites) : undefined);
        assertEquals(output, expected.map((line) => `${line}\n`).join(""));
        for (const line of expected) assertEquals(JSON.parse(line).level, level);
      },
    ),
    { numRuns },
  );
});

Deno.test("EncodeStream() leaves out records whose question was refused", async () => {
  const lines = ['{"a":1}', '{"b":2}', '{"level":3}', '{"d":4}'];
  assertEquals(await encode(lines, ["refused", 5], new Set([2])), '{"b":2,"level":5}\n{"d":4,"level":5}\n');
  assertEquals(await encode(lines, [5, "refused"], new Set([2])), '{"a":1,"level":5}\n{"level":5}\n');
  assertEquals(await encode(lines, ["refused"]), "");
});
