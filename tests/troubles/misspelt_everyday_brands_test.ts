import { assertEquals } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";

const terms = ["Corona", "Kraken", "Castle", "Monster", "Black Velvet", "Garage", "Martini"];

/** The terms that `sluice match` finds in a text, as `term kind: matched`. */
async function found(texts: readonly string[]): Promise<string[]> {
  await using scene = await Scene.create();
  const from = scene.write(
    "menus.csv",
    "MenuId,ProductName,ProductDescription\n" + texts.map((text, at) => `${at + 1},${text},\n`).join(""),
  );
  const list = "TermId,Term\n" + terms.map((term, at) => `${at},${term}\n`).join("");
  const to = `${scene.folder}/out.csv`;
  const { status, text } = await scene.sluice(
    ["match", "--quiet", "--from", from, "--terms", scene.write("terms.csv", list), "--to", to],
  );
  assertEquals([status, text], [0, ""]);
  return (await Deno.readTextFile(to)).trimEnd().split("\n").slice(1).map((row) => row.split(","))
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([menu, term, , matched, kind]) => `${menu} ${terms[Number(term)]} ${kind}: ${matched}`);
}

Deno.test("match finds brands of everyday words misspelled, wherever they stand", async () => {
  assertEquals(
    await found([
      "Chilled Coronna Bottle",
      "Spiced Krakken And Cola",
      "Castel lager and chips",
      "Iced Monstar Burger Deal",
      "With Coronna and a wedge of lime",
      "COLD CORONNA 330ML",
      "House Black Velvett Sour",
      "coronna",
      "Grand Gaarge Special Cider Night",
    ]),
    [
      "1 Corona fuzzy: Coronna",
      "2 Kraken fuzzy: Krakken",
      "3 Castle fuzzy: Castel",
      "4 Monster fuzzy: Monstar",
      "5 Corona fuzzy: Coronna",
      "6 Corona fuzzy: CORONNA",
      "7 Black Velvet fuzzy: Black Velvett",
      "8 Corona fuzzy: coronna",
      "9 Garage fuzzy: Gaarge",
    ],
  );
});

Deno.test("match finds no brand in an everyday word, spelled right or near to one", async () => {
  assertEquals(
    await found([
      "from the garage of a castle",
      "the coronas of stars",
      "Minster And Mobster Of The Month",
      "BACK VELVET CURTAIN",
      "Apple Martini",
      "Coroner's Bench",
      "Castled Kings",
      "with monsters and garages",
    ]),
    [],
  );
});
