import { assertEquals, assertMatch, assertNotEquals } from "@std/assert/mod.js";
import { encodeKey } from "../../lib/recipe/key.ts";
import { answersFingerprint, type Recipe, recipeFingerprint, recipeKey } from "../../lib/recipe/recipe.ts";

const recipe: Recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "seniority",
  modelName: "seniority",
  modelVersion: "1",
  normalize: "exact",
};

/** The recipe with one part changed, for each part. */
const changed: { part: keyof Recipe; recipe: Recipe }[] = (Object.keys(recipe) as (keyof Recipe)[]).map((
  part,
) => ({ part, recipe: { ...recipe, [part]: part === "normalize" ? "fold" : `${recipe[part]}2` } as Recipe }));

Deno.test("recipeFingerprint() is 16 hexadecimal digits, the same ones for the same recipe", async () => {
  // Written down: another value does every object of every user again.
  assertEquals(await recipeFingerprint(recipe), "50675d4667717270");
  assertEquals(await recipeFingerprint({ ...recipe }), await recipeFingerprint(recipe));
  assertMatch(await answersFingerprint(recipe), /^[0-9a-f]{16}$/);
});

Deno.test("answersFingerprint() of a known recipe is the known one", async () => {
  // Written down: another value leaves every user's paid answers behind.
  assertEquals(await answersFingerprint(recipe), "3786f9a0b435e684");
});

for (const { part, recipe: other } of changed) {
  Deno.test(`recipeFingerprint() changes with ${part}`, async () => {
    assertNotEquals(await recipeFingerprint(other), await recipeFingerprint(recipe));
  });
  const isAskedAgain = ["modelName", "modelVersion", "normalize"].includes(part);
  Deno.test(`answersFingerprint() ${isAskedAgain ? "changes" : "does not change"} with ${part}`, async () => {
    assertEquals(await answersFingerprint(other) !== await answersFingerprint(recipe), isAskedAgain);
  });
}

Deno.test("recipeFingerprint() and answersFingerprint() of every normalisation are their own", async () => {
  const recipes = (["exact", "fold", "titles"] as const).map((normalize) => ({ ...recipe, normalize }));
  for (const fingerprint of [recipeFingerprint, answersFingerprint]) {
    assertEquals(new Set(await Promise.all(recipes.map(fingerprint))).size, 3);
  }
});

Deno.test("recipeFingerprint() changes with provenance and shortcuts, answersFingerprint() does not", async () => {
  const recipes: Recipe[] = [
    recipe,
    ...["by", "via"].map((provenanceField) => ({ ...recipe, provenanceField })),
    ...[[0, 2], [0, 3], [0.5, 2]].map(([probability, below]) => ({
      ...recipe,
      rare: { probability: probability!, below: below! },
    })),
    ...[[0.99, 0.05], [0.98, 0.05], [0.99, 0.5]].map(([agreement, sample]) => ({
      ...recipe,
      cluster: { agreement: agreement!, sample: sample! },
    })),
  ];
  assertEquals(new Set(await Promise.all(recipes.map(recipeFingerprint))).size, recipes.length);
  assertEquals(new Set(await Promise.all(recipes.map(answersFingerprint))).size, 1);
});

Deno.test("recipeFingerprint() distinguishes what would be equal if concatenated", async () => {
  const [one, other] = [{ modelName: "m1", modelVersion: "2" }, { modelName: "m", modelVersion: "12" }];
  assertNotEquals(
    await recipeFingerprint({ ...recipe, ...one }),
    await recipeFingerprint({ ...recipe, ...other }),
  );
});

Deno.test("recipeKey() is made of both fields, as the recipe normalises them", () => {
  assertEquals(recipeKey(" A", "B  c", recipe), encodeKey(" A", "B  c"));
  assertEquals(recipeKey(" A", "B  c", { ...recipe, normalize: "fold" }), encodeKey("a", "b c"));
  const titles: Recipe = { ...recipe, normalize: "titles" };
  assertEquals(
    recipeKey("Sr. A - Remote", "Sr.  B - Remote", titles),
    encodeKey("sr. a - remote", "senior b"),
  );
});
