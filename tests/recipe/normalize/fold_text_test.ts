import { assertEquals } from "@std/assert/mod.js";
import { foldText } from "../../../lib/recipe/normalize/fold_text.ts";

for (
  const [written, folded] of [
    ["J\u030can", "\u01f0an"],
    ["", ""],
    ["  Lead\t\nEngineer ", "lead engineer"],
    ["\u00a0Caf\u0065\u0301\u2003BAR\ufeff", "café bar"],
    ["SO\u0308HNE", "söhne"],
    ["👔", "👔"],
  ] as const
) {
  Deno.test(`foldText() folds ${JSON.stringify(written)} to ${JSON.stringify(folded)}`, () => {
    assertEquals(foldText(written), folded);
    assertEquals(foldText(folded), folded);
  });
}
