import { assertEquals, assertThrows } from "@std/assert/mod.js";
import fc from "fast-check";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import type { Batch } from "../../../lib/records/batch.ts";
import { CopyRows, type CopyRowsOptions } from "../../../lib/sinks/postgres/copy_rows.ts";
import { numRuns } from "../../property_runs.ts";
import { batchOf } from "../write_output.ts";

const decoder = new TextDecoder();
const columns = [
  { name: "s", type: "text", hasDefault: false },
  { name: "n", type: "bigint", hasDefault: true },
  { name: "j", type: "jsonb", hasDefault: false },
  { name: "level", type: "bigint", hasDefault: false },
];
const options = { columns, hasRest: true, outputField: "level" };

/** The rows of some lines, in batches of so many; a row's columns are undone of COPY's escapes. */
function rowsOf(
  lines: readonly string[],
  { answers = [3], batch = Infinity, ...changes }: Partial<CopyRowsOptions> & {
    answers?: Batch["answers"];
    batch?: number;
  } = {},
): (string | null)[][] {
  const copy = new CopyRows({ ...options, ...changes });
  let text = "";
  for (let at = 0; at < lines.length; at += batch) {
    const some = lines.slice(at, at + batch).map((line) => `${line}\n`).join("");
    for (const out of copy.write(batchOf(some, answers))) text += decoder.decode(out);
  }
  const undo = (value: string) =>
    value === "\\N"
      ? null
      : value.replace(/\\(.)/g, (_, c) => ({ t: "\t", n: "\n", r: "\r" })[c as "t"] ?? c);
  return text.split("\n").slice(0, -1).map((row) => row.split("\t").map(undo));
}

Deno.test("CopyRows() loses nothing of any record, whichever batch it comes in", () => {
  const record = fc.dictionary(
    fc.oneof(fc.constantFrom("s", "n", "j"), fc.string({ unit: "binary" })),
    fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.constantFrom("\t\\\n\r\0", "\ud800", 5, -7)),
  );
  fc.assert(
    fc.property(fc.array(record), fc.integer({ min: 1, max: 5 }), (records, batch) => {
      const rows = rowsOf(records.map((record) => JSON.stringify(record)), { batch });
      assertEquals(rows.length, records.length);
      rows.forEach(([s, n, j, level, rest, line], i) => {
        assertEquals(level, "3");
        const kept: Record<string, unknown> = {};
        const put = (name: string, value: unknown) =>
          Object.defineProperty(kept, name, { value, enumerable: true });
        if (s !== null) put("s", s);
        if (n !== null) put("n", Number(n));
        if (j !== null) put("j", JSON.parse(j!));
        for (const [name, value] of Object.entries(JSON.parse(rest ?? "{}"))) {
          const json = (value as { sluice_json?: string } | null)?.sluice_json;
          // A name that cannot be held stands as its JSON.
          const isName = /\\u(?:0000|d[89a-f])/i.test(name);
          put(isName ? JSON.parse(`"${name}"`) : name, json === undefined ? value : JSON.parse(json));
        }
        const given = Object.entries(JSON.parse(JSON.stringify(records[i])) as Record<string, unknown>)
          .filter(([name, value]) => value !== null || !["s", "n", "j"].includes(name));
        const sorted = (entries: [string, unknown][]) => entries.sort(([a], [b]) => a < b ? -1 : 1);
        assertEquals(sorted(Object.entries(kept)), sorted(given));
        assertEquals(line, String(i + 1));
      });
    }),
    { numRuns },
  );
});

Deno.test("CopyRows() takes the last of values with the same name", () => {
  assertEquals(rowsOf(['{"n":1,"n":2,"s":3,"s":"x"}']), [["x", "2", null, "3", null, "1"]]);
});

Deno.test("CopyRows() leaves refused records out, and numbers the others", () => {
  assertEquals(
    rowsOf(['{"s":"a"}', '{"s":"b"}', '{"s":"c"}'], { answers: [1, "refused", 2] }),
    [["a", null, null, "1", null, "1"], ["c", null, null, "2", null, "2"]],
  );
});

Deno.test("CopyRows() puts the answer, and where it came from, in the place of the record's own fields", () => {
  const copy = new CopyRows({ ...options, provenanceField: "by" });
  const batch = { ...batchOf('{"level":[1],"b\\u0079":2,"s":"x","level":9}\n'), origins: ["cache" as const] };
  const rows = [...copy.write(batch)].map((out) => decoder.decode(out)).join("");
  assertEquals(rows, 'x\t\\N\t\\N\t3\t{"by":"cache"}\t1\n');
});

Deno.test("CopyRows() puts a missing answer, or one without a column, into the rest", () => {
  const noLevel = columns.slice(0, 1);
  assertEquals(rowsOf(['{"s":"x"}'], { columns: noLevel }), [["x", '{"level":3}', "1"]]);
  assertEquals(rowsOf(['{"s":"x"}'], { answers: ["skipped"] }), [["x", null, null, null, null, "1"]]);
  const text = [{ name: "level", type: "text", hasDefault: false }];
  assertEquals(rowsOf(['{"s":"x"}'], { columns: text }), [[null, '{"s":"x","level":3}', "1"]]);
});

Deno.test("CopyRows.used says which columns had a value, CopyRows.bytes how long the records are as JSON lines", () => {
  const copy = new CopyRows(options);
  const line = '{"s":"a","n":null,"j":[]}\n';
  for (const _ of copy.write(batchOf(line))) { /* not looked at */ }
  assertEquals([copy.used, copy.rows], [[true, false, true, true], 1]);
  assertEquals(copy.bytes, line.length + ',"level":3'.length);
});

Deno.test("CopyRows() says which line it cannot take", () => {
  assertThrows(
    () => rowsOf(['{"s":"a"}', '{"s":1}'], { hasRest: false }),
    SluiceError,
    'line 2 has no place for "s": ',
  );
});
