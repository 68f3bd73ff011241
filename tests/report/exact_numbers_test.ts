import { assertEquals } from "@std/assert/mod.js";
import { isInexact, parseExactly } from "../../lib/report/exact_numbers.ts";

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
