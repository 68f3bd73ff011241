import { assertEquals, assertThrows } from "@std/assert/mod.js";
import fc from "fast-check";
import { CopyRows } from "../../../lib/sinks/postgres/copy_rows.ts";
import { numRuns } from "../../property_runs.ts";

const decoder = new TextDecoder();
const columns = [
  { name: "s", type: "text", hasDefault: false },
  { name: "n", type: "bigint", hasDefault: true },
  { name: "j", type: "jsonb", hasDefault: false },
];

/** The rows of some lines, cut into chunks of so many bytes; a row's columns are undone of COPY's escapes. */
function rowsOf(lines: string, { chunk = Infinity, hasRest = true } = {}): (string | null)[][] {
  const copy = new CopyRows({ columns, hasRest });
  const bytes = new TextEncoder().encode(lines);
  let text = "";
  const stream = new TextDecoder();
  for (let at = 0; at < bytes.length; at += chunk) {
    for (const out of copy.write(bytes.subarray(at, at + chunk))) {
      text += stream.decode(out, { stream: true });
    }
  }
  for (const out of copy.end()) text += decoder.decode(out);
  const undo = (value: string) =>
    value === "\\N"
      ? null
      : value.replace(/\\(.)/g, (_, c) => ({ t: "\t", n: "\n", r: "\r" })[c as "t"] ?? c);
  return text.split("\n").slice(0, -1).map((row) => row.split("\t").map(undo));
}

Deno.test("CopyRows() loses nothing of any record, however its bytes come", () => {
  const record = fc.dictionary(
    fc.oneof(fc.constantFrom("s", "n", "j"), fc.string({ unit: "binary" })),
    fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.constantFrom("\t\\\n\r\0", "\ud800", 5, -7)),
  );
  fc.assert(
    fc.property(fc.array(record), fc.integer({ min: 1, max: 50 }), (records, chunk) => {
      const lines = records.map((record) => JSON.stringify(record)).join("\n");
      const rows = rowsOf(lines, { chunk });
      assertEquals(rows.length, records.length);
      rows.forEach(([s, n, j, rest, line], i) => {
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

Deno.test("CopyRows() counts blank lines, and makes no rows of them", () => {
  assertEquals(rowsOf('\n{"s":"a"}\r\n \t\n{"n":1}').map((row) => row.join("|")), ["a||||2", "|1|||4"]);
});

Deno.test("CopyRows() takes the last of values with the same name", () => {
  assertEquals(rowsOf('{"n":1,"n":2,"s":3,"s":"x"}'), [["x", "2", null, null, "1"]]);
});

Deno.test("CopyRows.used says which columns had a value", () => {
  const copy = new CopyRows({ columns, hasRest: true });
  for (const _ of copy.write(new TextEncoder().encode('{"s":"a","n":null,"j":[]}\n'))) { /* not looked at */ }
  assertEquals([copy.used, copy.rows, copy.lines, copy.hasOpenLine], [[true, false, true], 1, 1, false]);
});

Deno.test("CopyRows() says which line it cannot take", () => {
  assertThrows(() => rowsOf("{}\nnull\n"), Error, "line 2 is no JSON object");
  assertThrows(
    () => rowsOf('{"s":"a"}\n{"s":1}', { hasRest: false }),
    Error,
    'line 2 has no place for "s": ',
  );
});
