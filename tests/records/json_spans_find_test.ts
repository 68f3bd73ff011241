import { assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { FieldName, JsonSpans } from "../../lib/records/json_spans.ts";
import { numRuns } from "../property_runs.ts";

function valuesOf(text: string, field = "a"): string[] {
  const bytes = new TextEncoder().encode(text), spans = new JsonSpans();
  assertEquals(spans.read(bytes, 0, bytes.length), true);
  return spans.find(bytes, new FieldName(field)).map((i) =>
    new TextDecoder().decode(bytes.subarray(spans.values[i], spans.valueEnds[i]))
  );
}

for (
  const [text, values] of [
    ["{}", []],
    ['{"a":1}', ["1"]],
    [' { "a" :\t-1.5e+3 \r} ', ["-1.5e+3"]],
    ['{"b":"a","c":["a",{"a":1}],"a":true}', ["true"]],
    ['{"a":{"a":[{}, "}"]} ,"b":2}', ['{"a":[{}, "}"]}']],
    ['{"a":[1 , 2],"\\u0061":"x\\"}\\\\","a":null}', ["[1 , 2]", '"x\\"}\\\\"', "null"]],
    ['{"a":"","b":"\\\\","c":"\\\\\\"a"}', ['""']],
    ['{"A":1,"a ":2,"aa":3,"":4}', []],
  ] as const
) {
  Deno.test(`JsonSpans.find() finds ${values.join(" and ") || "nothing"} in ${text}`, () => {
    assertEquals(valuesOf(text), [...values]);
  });
}

Deno.test("JsonSpans.find() finds names that are empty, quoted, or what objects inherit", () => {
  for (const field of ["", '"', "\\", "__proto__", "}", "👔", "\ud800"]) {
    const text = `{"x":{},${JSON.stringify(field)}:[7],"y":1}`;
    assertEquals(valuesOf(text, field), ["[7]"], JSON.stringify(field));
  }
});

Deno.test("JsonSpans.find() goes 100,000 levels deep", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assertEquals(valuesOf(`{"b":${deep},"a":${deep}}`), [deep]);
});

Deno.test("JsonSpans.find() finds every value of the field in any object, and no other", () => {
  const fields = fc.array(
    fc.record({
      name: fc.constantFrom('"a"', '"\\u0061"', '"b"', '"A"', '"\\"a\\""', '"\\\\a"'),
      value: fc.json({ maxDepth: 3 }),
      space: fc.constantFrom("", " ", "\t \r"),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(fields, (fields) => {
      const text = `{${
        fields.map(({ name, space, value }) => `${space}${name}${space}:${space}${value}${space}`)
      }}`;
      const expected = fields.filter(({ name }) => JSON.parse(name) === "a").map(({ value }) => value);
      assertEquals(valuesOf(text), expected);
    }),
    { numRuns },
  );
});
