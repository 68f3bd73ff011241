import { assertEquals } from "@std/assert/mod.js";
import { excerpt } from "../../lib/text/excerpt.ts";

Deno.test("excerpt() is one line without control characters", () => {
  assertEquals(excerpt('a,"b\r\n\tc"', 9), 'a,"b\\r\\n\\tc"');
  assertEquals(excerpt("\x1b[31mred", 8), "\\u{1b}[31mred");
});

Deno.test("excerpt() says how long the whole text is, if it is cut", () => {
  assertEquals(excerpt("ü", 2), "ü");
  assertEquals(excerpt("ü", 200_000), "ü… (cut: it has 200,000 bytes)");
});
