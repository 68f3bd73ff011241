import { assertEquals, assertRejects } from "@std/assert/mod.js";
import fc from "fast-check";
import { type Batch, ObjectCounts } from "../../../lib/records/batch.ts";
import { EncodeStream } from "../../../lib/records/stages/encode.ts";
import { numRuns } from "../../property_runs.ts";
import { runStage } from "./run_stage.ts";

/** A batch of lines, each with a key of its own. */
function batchOf(lines: readonly string[], answers: Batch["answers"], origins: Batch["origins"]): Batch {
  const text = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const ends = Uint32Array.from(text.entries().filter(([, byte]) => byte === 10).map(([i]) => i));
  const overwrites = new Set(lines.keys().filter((i) => Object.hasOwn(JSON.parse(lines[i]!), "level")));
  return {
    text,
    ends,
    lineNumbers: ends,
    bytes: text.length,
    keyOf: [...lines.keys()],
    keys: lines.map(String),
    answers,
    origins,
    overwrites,
    rejects: [],
  };
}

async function encode(
  lines: readonly string[],
  answers: Batch["answers"],
  origins: Batch["origins"],
  field = "by",
) {
  const counts = new ObjectCounts();
  const stage = new EncodeStream({ outputField: "level", provenanceField: field, counts });
  const chunks = await runStage<Batch, Uint8Array>([batchOf(lines, answers, origins)], stage);
  return { text: chunks.map((chunk) => new TextDecoder().decode(chunk)).join(""), records: counts.out };
}

for (
  const [line, expected] of [
    ["{}", '{"level":3,"by":"cache"}'],
    [' { "a" : "}" \t} ', ' { "a" : "}","level":3,"by":"cache" \t} '],
    ['{"level":[1], "a":2}', '{"level":3, "a":2,"by":"cache"}'],
    ['{"by" : {"level":9},"a":2}', '{"by" : "cache","a":2,"level":3}'],
    ['{"by":1,"x":"by","level":2}', '{"by":"cache","x":"by","level":3}'],
    ['{"level":2,"by":1,"level":4,"\\u0062y":5}', '{"level":3,"by":"cache","level":3,"\\u0062y":"cache"}'],
    [
      '{"id":12345678901234567890,"a":"\\n\ufeff"}',
      '{"id":12345678901234567890,"a":"\\n\ufeff","level":3,"by":"cache"}',
    ],
  ] as const
) {
  Deno.test(`EncodeStream() with provenance splices both fields into ${line}`, async () => {
    assertEquals(await encode([line], [3], ["cache"]), { text: `${expected}\n`, records: 1 });
  });
}

Deno.test("EncodeStream() with provenance finds a field whose name needs escapes", async () => {
  assertEquals(
    (await encode(['{"a/\\"b":1}', '{"a\\/\\u0022b":1}'], [1, 2], ["model", "cache"], 'a/"b')).text,
    '{"a/\\"b":"model","level":1}\n{"a\\/\\u0022b":"cache","level":2}\n',
  );
});

Deno.test("EncodeStream() with provenance leaves refused records out, and writes null for what was skipped", async () => {
  assertEquals(
    await encode(['{"a":1}', '{"a":2}', '{"a":3}'], ["skipped", "refused", 5], ["rare", "model", "cluster"]),
    {
      text: '{"a":1,"level":null,"by":"rare"}\n{"a":3,"level":5,"by":"cluster"}\n',
      records: 2,
    },
  );
});

Deno.test("EncodeStream() with provenance throws at a record without answer", async () => {
  await assertRejects(
    () => encode(["{}"], [undefined], ["model"]),
    Error,
    "Cannot encode a record: it has no answer",
  );
});

Deno.test("EncodeStream() with provenance of any records sets both fields, and keeps all other bytes", async () => {
  const name = fc.constantFrom("a", "level", "by", "b y", "ü");
  const record = fc.array(fc.tuple(name, fc.json({ maxDepth: 1 })), { maxLength: 5 });
  const spaces = fc.constantFrom("", " ", "\t ");
  await fc.assert(
    fc.asyncProperty(record, spaces, async (fields, space) => {
      const members = (values: readonly [string, string][]) =>
        values.map(([name, value]) => `${JSON.stringify(name)}${space}:${space}${value}`).join(`${space},`);
      const line = `${space}{${space}${members(fields)}${space}}${space}`;
      const set = { level: "3", by: '"cache"' } as Record<string, string>;
      const changed = fields.map(([name, value]): [string, string] => [name, set[name] ?? value]);
      const missing = Object.keys(set).filter((name) => !fields.some(([known]) => known === name));
      const added = missing.map((name) => `${JSON.stringify(name)}:${set[name]}`).join(",");
      const comma = added !== "" && fields.length > 0 ? "," : "";
      // What is added stands before the white space at the object's end.
      const expected = fields.length > 0
        ? `${space}{${space}${members(changed)}${comma}${added}${space}}${space}`
        : `${space}{${added}${space}${space}}${space}`;
      assertEquals((await encode([line], [3], ["cache"])).text, `${expected}\n`);
    }),
    { numRuns },
  );
});
