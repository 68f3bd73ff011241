import { assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { type Batch, type LineBatch, ObjectCounts, REMOVED_LINE, type RemovedLine } from "../../lib/batch.ts";
import { encodeKey } from "../../lib/key.ts";
import type { Recipe } from "../../lib/recipe.ts";
import { ParseStream } from "../../lib/stages/parse.ts";
import { numRuns, runStage } from "./run_stage.ts";

const recipe: Recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "seniority",
  modelName: "m",
  modelVersion: "1",
  normalize: "exact",
};

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
    ['{"company":"a","title":null}', "missing_key_field"],
    ['{"company":"a","title":["b"]}', "missing_key_field"],
    ['{"company":{},"title":"b"}', "missing_key_field"],
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
        const asked = batches.flatMap(({ keys, keyOf }) => keyOf.map((index) => keys[index]!));
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
