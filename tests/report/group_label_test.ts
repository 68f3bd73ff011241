import { assertEquals } from "@std/assert/mod.js";
import { groupLabel } from "../../lib/report/group_label.ts";

Deno.test("groupLabel() spells out what cannot be seen", () => {
  const cases: [string | undefined, string][] = [
    ["Acme, Inc.", "Acme, Inc."],
    ["שלום 👩‍👩‍👧 é", "שלום 👩‍👩‍👧 é"],
    [undefined, "(none)"],
    ["", "(empty)"],
    ["  ", '(blank: "  ")'],
    ["a\r\n\tb", "a\\r\\n\\tb"],
    ["\x1b[31m\x9b", "\\u{1b}[31m\\u{9b}"],
    ["\u202ea\u2066b\u2028", "\\u{202e}a\\u{2066}b\\u{2028}"],
    ["\ud800", "\\u{d800}"],
  ];
  for (const [name, label] of cases) assertEquals(groupLabel(name), label);
});
