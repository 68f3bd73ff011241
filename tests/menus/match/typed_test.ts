import { assertEquals } from "@std/assert/mod.js";
import { typed } from "../../../lib/menus/match/typed.ts";

Deno.test("typed() writes spaces, hyphens and quotation marks as a keyboard does, and nothing else", () => {
  assertEquals(typed("Coca‑Cola “Light” Jerry’s\u00a0‘x’"), "Coca-Cola \"Light\" Jerry's 'x'");
  assertEquals(typed("Moët – Häagen-Dazs"), "Moët – Häagen-Dazs");
});
