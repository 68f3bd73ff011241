import { assertEquals } from "@std/assert/mod.js";
import { FieldFaults } from "../../lib/records/field_faults.ts";
import { testRecipe } from "../fakes/recipe.ts";

function faults(
  ...found: readonly (readonly [reason: "missing_key_field" | "null_key_field", field: string])[]
) {
  const made = new FieldFaults();
  for (const [reason, field] of found) made.count({ reason, field });
  return made;
}

Deno.test("FieldFaults.text() says who lacks what, what there is, and the flag where most lack it", () => {
  const all = faults(["missing_key_field", "company"], ["missing_key_field", "company"]);
  all.found(["id", "employer"]);
  assertEquals(
    all.text(2, testRecipe),
    'all 2 records lack the field "company" (found: id, employer): set --company-field',
  );
  assertEquals(
    all.text(3, testRecipe),
    '2 of 3 records lack the field "company" (found: id, employer): set --company-field',
  );
  assertEquals(all.text(4, testRecipe), '2 of 4 records lack the field "company" (found: id, employer)');
  assertEquals([all.isWhole(2), all.isWhole(3)], [true, false]);
});

Deno.test("FieldFaults.text() names the most frequent fault first, and is undefined without any", () => {
  const several = faults(["null_key_field", "title"], ["missing_key_field", "title"], [
    "missing_key_field",
    "title",
  ]);
  assertEquals(
    several.text(10, testRecipe),
    '2 of 10 records lack the field "title" (found: no other); 1 of 10 records has null in the field "title"',
  );
  assertEquals(several.isWhole(3), false);
  assertEquals(
    faults(["null_key_field", "title"]).text(1, testRecipe),
    'its only record has null in the field "title"',
  );
  assertEquals(new FieldFaults().text(10, testRecipe), undefined);
});

Deno.test("FieldFaults.add() adds those of other objects", () => {
  const sum = faults(["missing_key_field", "title"]);
  sum.found(["a"]);
  const other = faults(["missing_key_field", "title"], ["missing_key_field", "company"]);
  other.found(["a", "b b", ...Array.from({ length: 30 }, (_, i) => `f${i}`)]);
  assertEquals([sum.wantsFields, other.wantsFields], [true, false]);
  sum.add(other);
  const named = ["a", '"b b"', ...Array.from({ length: 18 }, (_, i) => `f${i}`)].join(", ");
  assertEquals(
    sum.text(100, testRecipe),
    `2 of 100 records lack the field "title" (found: ${named}, …); ` +
      `1 of 100 records lacks the field "company" (found: ${named}, …)`,
  );
});
