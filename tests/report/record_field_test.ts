import { assertEquals } from "@std/assert/mod.js";
import {
  groupName,
  isInexact,
  type JsonObject,
  parseExactly,
  recordField,
} from "../../lib/report/record_field.ts";

const find = (name: string, record: unknown) => recordField(name)(record as JsonObject);

Deno.test("recordField() takes the plain name before the path", () => {
  assertEquals(find("a.b", { "a.b": 1, a: { b: 2 } }), 1);
  assertEquals(find("a.b", { "a.b": null, a: { b: 2 } }), null);
  assertEquals(find("a.b", { a: { b: 2 } }), 2);
  assertEquals(find("a.b.c", { a: { b: { c: 3 } } }), 3);
  assertEquals(find("a..", { a: { "": { "": 4 } } }), 4);
});

Deno.test("recordField() goes into arrays by index only", () => {
  assertEquals(find("a.1.b", { a: [{}, { b: 5 }] }), 5);
  assertEquals(find("a.length", { a: [1, 2] }), undefined);
  assertEquals(find("a.2", { a: [1, 2] }), undefined);
});

Deno.test("recordField() finds nothing that is not in the record", () => {
  for (const name of ["constructor", "__proto__", "toString.name", "a.length", "a.b", "b", "n.x", ""]) {
    assertEquals(find(name, { a: "text", n: null }), undefined, name);
  }
  assertEquals(find("__proto__", JSON.parse('{"__proto__":"a"}')), "a");
});

Deno.test("groupName() is exact text", () => {
  const cases: [unknown, string | undefined][] = [
    [" a ", " a "],
    ["", ""],
    [0, "0"],
    [1.5, "1.5"],
    [true, "true"],
    [["a", 1], '["a",1]'],
    [{ city: "Wien" }, '{"city":"Wien"}'],
    [null, undefined],
    [undefined, undefined],
  ];
  for (const [value, name] of cases) assertEquals(groupName(value), name);
});

Deno.test("parseExactly() keeps large numbers as they are written", () => {
  const line = '{"id":12345678901234567001,"n":-9007199254740993,"small":9007199254740991,"x":{"y":1e400}}';
  assertEquals(parseExactly(line), {
    id: "12345678901234567001",
    n: "-9007199254740993",
    small: 9007199254740991,
    x: { y: "1e400" },
  });
});

Deno.test("isInexact() is about numbers beyond 2^53", () => {
  assertEquals([2 ** 53 - 1, 2 ** 53, -(2 ** 60), 1.5, "x", null].map(isInexact), [
    false,
    true,
    true,
    false,
    false,
    false,
  ]);
});
