import { assertEquals } from "@std/assert/mod.js";
import { columnFit, isDouble } from "../../../lib/sinks/postgres/postgres_column.ts";

/** Whether a number fits a column of a type. */
function fits(type: string, number: string): boolean {
  const fit = columnFit({ type }).number;
  return typeof fit === "boolean" ? fit : fit(number);
}

Deno.test("columnFit() takes numbers that a column keeps as they are", () => {
  const cases: [type: string, good: string[], bad: string[]][] = [
    ["bigint", ["0", "-9223372036854775808", "9223372036854775807"], [
      "9223372036854775808",
      "-9223372036854775809",
      "1.0",
      "1e3",
    ]],
    ["integer", ["2147483647", "-2147483648"], ["2147483648"]],
    ["smallint", ["-32768"], ["32768"]],
    ["numeric", ["1e300", "0.10", "9".repeat(900)], ["-0", "-0.00", "-0e5"]],
    ["numeric(5,2)", ["123.45", "-0.5", "1.500"], ["1234", "0.001", "1e2"]],
    ["double precision", ["0.1", "1e308", "-0.0", "9007199254740992"], [
      "1e309",
      "9007199254740993",
      "1e-400",
    ]],
    ["real", ["1.5", "123456"], ["16777217", "0.1234567"]],
    ["text", [], ["1"]],
    ["boolean", [], ["1"]],
    ["date", [], ["20240229"]],
  ];
  for (const [type, good, bad] of cases) {
    for (const number of good) assertEquals([type, number, fits(type, number)], [type, number, true]);
    for (const number of bad) assertEquals([type, number, fits(type, number)], [type, number, false]);
  }
});

Deno.test("columnFit() counts a text's characters where the column does", () => {
  const fit = columnFit({ type: "character varying(2)" }).string as (text: string) => boolean;
  assertEquals(["", "ab", "👔👔", "abc", "👔👔👔"].map(fit), [true, true, true, false, false]);
});

Deno.test("isDouble() is true of all that JavaScript writes", () => {
  for (const number of [0.1 + 0.2, 1 / 3, 5e-324, Number.MAX_VALUE, 1e21, 123456789.123456]) {
    assertEquals([number, isDouble(String(number))], [number, true]);
  }
});
