import { assertEquals } from "@std/assert/mod.js";
import { normalizeTitle } from "../../../lib/recipe/normalize/normalize_title.ts";
import { rememberedTitle } from "../../../lib/recipe/normalize/remembered_title.ts";

Deno.test("rememberedTitle() gives what normalizeTitle() gives, at first, again, and when it was forgotten", () => {
  const title = (i: number) => `Sr. Engineer ${i} (m/w/d)`;
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 10_000; i++) {
      assertEquals(rememberedTitle(title(i)), normalizeTitle(title(i)));
      assertEquals(rememberedTitle(title(i)), normalizeTitle(title(i)));
    }
  }
  const long = `Sr. ${"x".repeat(500)}`;
  assertEquals(rememberedTitle(long), `senior ${"x".repeat(500)}`);
});
