import { assertEquals } from "@std/assert/mod.js";
import { type JsonObject, recordField } from "../../lib/report/record_field.ts";

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
