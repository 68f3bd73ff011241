import { assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { type Batch, ObjectCounts, type RejectReason, type RemovedLine } from "../../../lib/records/batch.ts";
import { encodeKey } from "../../../lib/recipe/key.ts";
import type { Recipe } from "../../../lib/recipe/recipe.ts";
import { REMOVED_LINE } from "./decode.ts";
import { ParseStream } from "./parse.ts";
import type { LineBatch } from "./window.ts";
import { numRuns } from "../../property_runs.ts";
import { runStage } from "../stages/run_stage.ts";
import { testRecipe } from "../../fakes/recipe.ts";

const recipe = testRecipe;

async function parse(
  windows: string[][],
  options: { recipe?: Recipe; maxKeyBytes?: number; removed?: RemovedLine[] } = {},
) {
  const counts = new ObjectCounts();
  const batches = await runStage<LineBatch, Batch>(
    windows.map((lines) => ({ lines, length: 0 })),
    new ParseStream({ recipe, maxKeyBytes: 1_000, removed: [], counts, ...options }),
  );
  return { batches, counts };
}

/** The records' lines, found again in a batch's text. */
function linesOf({ text, ends }: Batch): string[] {
  return Array.from(
    ends,
    (end, i) => new TextDecoder().decode(text.subarray(i === 0 ? 0 : ends[i - 1]! + 1, end)),
  );
}

const posting = (company: string, title: string) => JSON.stringify({ company, title });

Deno.test("ParseStream() gives each record its key, and a batch its distinct keys in order", async () => {
  const lines = [posting("ü", "x"), posting("b", "y"), posting("ü", "x")];
  const { batches: [batch] } = await parse([lines]);
  assertEquals(linesOf(batch!), lines);
  assertEquals(batch!.keys, [encodeKey("ü", "x"), encodeKey("b", "y")]);
  assertEquals(batch!.keyOf, [0, 1, 0]);
  assertEquals(batch!.answers, [undefined, undefined]);
});

Deno.test("ParseStream() numbers rejects by line, across windows, blank and removed lines", async () => {
  const removed: RemovedLine[] = [{ reason: "invalid_utf8", text: Uint8Array.of(255), bytes: 1 }];
  const { batches, counts } = await parse([["", "x"], [REMOVED_LINE, posting("a", "b"), " \t", "[]"]], {
    removed,
  });
  assertEquals(batches.map(({ rejects }) => rejects.map(({ line, reason }) => [line, reason])), [
    [[2, "invalid_json"]],
    [[3, "invalid_utf8"], [6, "not_an_object"]],
  ]);
  assertEquals({ ...counts }, {
    ...new ObjectCounts(),
    in: 6,
    rejected: 3,
    blank: 2,
    reasons: { invalid_json: 1, invalid_utf8: 1, not_an_object: 1 },
  });
});

for (
  const [line, reason] of [
    ["{", "invalid_json"],
    ["\ufeff{}", "invalid_json"],
    ["\u00a0", "invalid_json"],
    ["\0", "invalid_json"],
    ["1", "not_an_object"],
    ["null", "not_an_object"],
    ['"company"', "not_an_object"],
    ["[{}]", "not_an_object"],
    ["{}", "missing_key_field"],
    ['{"company":"a"}', "missing_key_field"],
    ['{"company":"a","title":null}', "null_key_field"],
    ['{"company":"a","title":["b"]}', "key_field_not_text"],
    ['{"company":7,"title":null}', "null_key_field"],
    ['{"company":7}', "missing_key_field"],
    ['{"company":true,"title":"b"}', "key_field_not_text"],
    ['{"company":{},"title":"b"}', "key_field_not_text"],
    ['{"company":"a","title":"\\ud800"}', "invalid_key"],
    ['{"company":"\\udc00\\ud800","title":"b"}', "invalid_key"],
    [posting("a", "x".repeat(999)), "invalid_key"],
    [posting("a", "€".repeat(340)), "invalid_key"],
  ] as const
) {
  Deno.test(`ParseStream() rejects ${line.slice(0, 40)} as ${reason}`, async () => {
    const { batches: [batch] } = await parse([[line]]);
    assertEquals(batch!.rejects.map(({ reason, text }) => [reason, text]), [[reason, line]]);
    assertEquals(batch!.ends.length, 0);
  });
}

Deno.test("ParseStream() takes keys that are empty, surrogate pairs, large or named like nothing else", async () => {
  const lines = [
    posting("", ""),
    posting("👔", "x"),
    posting("a", "x".repeat(900)),
    '{"company":"a","title":"\\u0000"}',
  ];
  const { batches: [batch] } = await parse([lines]);
  assertEquals(batch!.keys, [
    encodeKey("", ""),
    encodeKey("👔", "x"),
    encodeKey("a", "x".repeat(900)),
    encodeKey("a", "\0"),
  ]);
});

Deno.test("ParseStream() is not fooled by what objects inherit", async () => {
  const odd = { ...recipe, companyField: "constructor", titleField: "__proto__", outputField: "toString" };
  const { batches: [batch] } = await parse([["{}", '{"constructor":"a","__proto__":"b"}']], { recipe: odd });
  assertEquals(batch!.rejects.map(({ reason }) => reason), ["missing_key_field"]);
  assertEquals(batch!.keys, [encodeKey("a", "b")]);
  assertEquals(batch!.overwrites, undefined);
});

Deno.test("ParseStream() takes the last of doubled keys, and notes where the output field is", async () => {
  const { batches: [batch] } = await parse([[
    posting("a", "b"),
    '{"title":"x","company":"a","title":"b","seniorit\\u0079":1}',
    '{"company":"a","title":"b","x":{"seniority":1}}',
  ]]);
  assertEquals(batch!.keys, [encodeKey("a", "b")]);
  assertEquals([...batch!.overwrites!], [1]);
});

Deno.test("ParseStream() goes 100,000 levels deep", async () => {
  const line = `{"company":"a","title":"b","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const { batches: [batch] } = await parse([[line]]);
  assertEquals(linesOf(batch!), [line]);
});

Deno.test("ParseStream() with fold takes keys as equal that differ in form, case or white space", async () => {
  const { batches: [batch] } = await parse(
    [[posting("Söhne", "Lead  Engineer "), posting("SO\u0308HNE", "lead engineer")]],
    { recipe: { ...recipe, normalize: "fold" } },
  );
  assertEquals(batch!.keys, [encodeKey("söhne", "lead engineer")]);
});

Deno.test("ParseStream() with titles takes titles as equal that say the same, and companies as with fold", async () => {
  const { batches: [batch] } = await parse(
    [[
      posting("Acme - Remote", "Sr. Engineer - Remote"),
      posting("ACME - Remote", "Senior Engineer (m/f/x)"),
    ]],
    { recipe: { ...recipe, normalize: "titles" } },
  );
  assertEquals(batch!.keys, [encodeKey("acme - remote", "senior engineer")]);
});

Deno.test("ParseStream() accounts for any lines", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 5 });
  const line = fc.oneof(
    fc.constantFrom("", " ", "{", "[]", "7", '{"company":1,"title":"b"}'),
    fc.tuple(text, text).map(([company, title]) => posting(company, title)),
    fc.json({ maxDepth: 2 }),
    text.filter((text) => !/[\n\r]/.test(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { minLength: 1, maxLength: 8 }), { maxLength: 5 }),
      async (windows) => {
        const { batches, counts } = await parse(windows);
        const all = windows.flat();
        // An oracle by another way: what is a record is found with a reviver-free look at each line.
        const records = all.filter((line) => {
          try {
            const { company, title } = JSON.parse(line) ?? {};
            return line.trim()[0] === "{" &&
              [company, title].every((part) => typeof part === "string" && part.isWellFormed());
          } catch {
            return false;
          }
        });
        assertEquals(batches.flatMap(linesOf), records);
        const asked = batches.flatMap(({ keys, keyOf }) => Array.from(keyOf, (index) => keys[index]!));
        assertEquals(
          asked,
          records.map((line) => encodeKey(JSON.parse(line).company, JSON.parse(line).title)),
        );
        assertEquals(counts.in, all.length);
        assertEquals(counts.rejected + counts.blank, all.length - records.length);
      },
    ),
    { numRuns },
  );
});

Deno.test("ParseStream() passes a batch on that has no records, and nothing where nothing comes", async () => {
  const { batches } = await parse([[""], ["x"]]);
  assertEquals(batches.map(({ text, keys, rejects }) => [text.length, keys.length, rejects.length]), [
    [0, 0, 0],
    [0, 0, 1],
  ]);
  assertEquals((await parse([])).batches, []);
});

/** A line, and what must become of it: its key, why it is rejected, or nothing. */
interface ExpectedLine {
  readonly line: string;
  readonly key?: string;
  readonly reason?: RejectReason;
  /** The key field at fault. */
  readonly field?: string;
  readonly hasOutputField?: boolean;
}

const name = fc.string({ unit: "grapheme", maxLength: 4 });
const other = fc.tuple(
  fc.constantFrom(
    '"x":',
    '"__proto__":',
    '"constructor" : ',
    '"company":"other",',
    '"title":{"title":"no"},',
  ),
  fc.json({ maxDepth: 1 }),
).map(([start, value]) => start.endsWith(",") ? start : `${start}${value},`);
const torn = fc.constantFrom('"\\ud800"', '"\\udfff\\ud800"', '"a\\uDBFFb"', '"\\ud83d \\udc54"');
const noText = fc.oneof(
  fc.constantFrom("null", "1e400", "[]", "{}", "true", '["a"]'),
  fc.integer().map(String),
);

const lines: fc.Arbitrary<ExpectedLine> = fc.oneof(
  fc.constantFrom("", " ", "\t", "\r\v\f ").map((line) => ({ line })),
  fc.constant({ line: REMOVED_LINE, reason: "invalid_utf8" as const }),
  fc.constantFrom("{", "nul", '{"a":1,}', "'a'", '"\t"', "{}{}", "\ufeff{}", "NaN", "01").map((line) => ({
    line,
    reason: "invalid_json" as const,
  })),
  fc.json({ maxDepth: 2 }).filter((line) => !line.startsWith("{")).map((line) => ({
    line,
    reason: "not_an_object" as const,
  })),
  fc.tuple(other, noText, name).map(([other, value, name]) => ({
    line: `{${other}"company":${JSON.stringify(name)},"title":${value}}`,
    reason: value === "null" ? "null_key_field" as const : "key_field_not_text" as const,
    field: "title",
  })),
  fc.tuple(other.filter((other) => !/"(company|title)"/.test(other)), name).map(([other, name]) => ({
    line: `{${other}"company":${JSON.stringify(name)}}`,
    reason: "missing_key_field" as const,
    field: "title",
  })),
  fc.tuple(other, torn, name).map(([other, value, name]) => ({
    line: `{${other}"title":${JSON.stringify(name)},"company":${value}}`,
    reason: "invalid_key" as const,
  })),
  fc.tuple(other, name, name, fc.boolean()).map(([other, company, title, hasOutputField]) => ({
    line: `{${other}${hasOutputField ? '"seniorit\\u0079":null,' : ""}"company":${
      JSON.stringify(company)
    }, "title" :${JSON.stringify(title)}}`,
    key: encodeKey(company, title),
    hasOutputField,
  })),
);

Deno.test("ParseStream() makes of every line what it is, under its number", async () => {
  const windows = fc.array(fc.array(lines, { minLength: 1, maxLength: 8 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(windows, async (windows) => {
      const all = windows.flat();
      const removed = all.filter(({ line }) => line === REMOVED_LINE).map((_, i): RemovedLine => ({
        reason: "invalid_utf8",
        text: Uint8Array.of(0xff, i),
        bytes: 2,
      }));
      const { batches, counts } = await parse(windows.map((window) => window.map(({ line }) => line)), {
        removed: [...removed],
      });
      const expected = all.flatMap(({ field, line, reason }, i) =>
        reason === undefined ? [] : [{
          line: i + 1,
          reason,
          ...(field === undefined ? {} : { field }),
          ...(line === REMOVED_LINE
            ? removed.shift()!
            : { text: line, bytes: new TextEncoder().encode(line).length }),
        }]
      );
      assertEquals(batches.flatMap(({ rejects }) => rejects), expected);
      for (const [i, batch] of batches.entries()) {
        const records = windows[i]!.filter(({ key }) => key !== undefined);
        assertEquals(linesOf(batch), records.map(({ line }) => line));
        assertEquals(Array.from(batch.keyOf, (index) => batch.keys[index]), records.map(({ key }) => key));
        assertEquals(batch.keys, [...new Set(records.map(({ key }) => key!))]);
        const overwrites = records.flatMap(({ hasOutputField }, record) => hasOutputField ? [record] : []);
        assertEquals([...batch.overwrites ?? []], overwrites);
      }
      const reasons = Object.entries(counts.reasons).flatMap(([reason, n]) => Array(n).fill(reason));
      assertEquals(reasons.toSorted(), expected.map(({ reason }) => reason).toSorted());
      assertEquals(counts.rejected, expected.length);
      assertEquals(
        counts.blank,
        all.filter(({ key, reason }) => key === undefined && reason === undefined).length,
      );
    }),
    { numRuns },
  );
});
