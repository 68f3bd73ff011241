import { assertEquals } from "@std/assert/mod.js";
import { guessColumns } from "../../../lib/sinks/postgres/guess_columns.ts";

const guessed = (lines: string[], key: string[] = []) =>
  guessColumns(new TextEncoder().encode(lines.join("\n")), key).map(({ name, type }) => `${name} ${type}`);

Deno.test("guessColumns() knows kinds, and jsonb for those that are mixed", () => {
  assertEquals(
    guessed([
      `{"t":"x","b":true,"i":1,"l":9223372036854775808,"f":1,"o":{},"a":[],"m":1,"z":null}`,
      `{"f":0.5,"m":"x","e":1e5,"p":0.12345678901234567890,"h":1,"i":null}`,
    ]),
    [
      ...[
        "t text",
        "b boolean",
        "i bigint",
        "l numeric",
        "f double precision",
        "o jsonb",
        "a jsonb",
        "m jsonb",
      ],
      ...["e double precision", "p numeric", "h bigint"],
    ],
  );
});

Deno.test("guessColumns() makes no columns of names that PostgreSQL or we keep", () => {
  const long = "n".repeat(64);
  assertEquals(
    guessed([String.raw`{"ctid":1,"sluice_line":1,"":1,"\u0000":1,"${long}":1,"\u0061":1,"A \"":1}`]),
    ["a bigint", 'A " bigint'],
  );
});

Deno.test("guessColumns() makes columns of the key, and 200 at most", () => {
  assertEquals(guessed([`{"a":1}`], ["k", "a"]), ["a bigint", "k text"]);
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, i])));
  const columns = guessed([wide], ["f299"]);
  assertEquals([columns.length, columns.at(-2), columns.at(-1)], [200, "f198 bigint", "f299 bigint"]);
});

Deno.test("guessColumns() looks at the first 1,000 records", () => {
  const lines = [...Array.from({ length: 1_000 }, () => `{"a":1}`), `{"a":"x","b":1}`];
  assertEquals(guessed(lines), ["a bigint"]);
  assertEquals(guessed([]), []);
});
