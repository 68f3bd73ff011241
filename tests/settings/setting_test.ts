import { assertEquals } from "@std/assert/mod.js";
import * as v from "valibot";
import {
  address,
  amount,
  bytes,
  choice,
  moment,
  type Setting,
  text,
  texts,
  toggle,
  whole,
} from "../../lib/settings/setting.ts";

const help = "for a test";

function take(setting: Setting<unknown>, value: unknown): unknown {
  const result = v.safeParse(setting.schema, value);
  return result.success ? result.output : result.issues[0].message;
}

function assertTakes(setting: Setting<unknown>, pairs: [value: unknown, taken: unknown][]): void {
  assertEquals(pairs.map(([value]) => [value, take(setting, value)]), pairs);
}

function assertRefuses(setting: Setting<unknown>, values: unknown[], message: string): void {
  assertEquals(values.map((value) => [value, take(setting, value)]), values.map((value) => [value, message]));
}

Deno.test("text() takes text that is not empty", () => {
  assertTakes(text({ help }), [["a b", "a b"], ["", "must have at least one character"], [
    7,
    "must be text",
  ]]);
});

Deno.test("texts() takes a list, or one text a line", () => {
  const setting = texts({ help });
  assertTakes(setting, [[["a", "b\n"], ["a", "b\n"]], ["a\n\nb", ["a", "b"]], [
    [""],
    "must have at least one character",
  ]]);
  assertRefuses(setting, [7, null, { a: 1 }], "must be text, or a list of texts");
});

Deno.test("toggle() takes booleans and their words", () => {
  const setting = toggle({ help });
  assertTakes(setting, [[true, true], [false, false], ["1", true], ["true", true], ["0", false], [
    "false",
    false,
  ]]);
  assertRefuses(setting, ["yes", 1, null], "must be true or false");
});

Deno.test("choice() takes its words only", () => {
  const setting = choice(["exact", "fold"], { help });
  assertTakes(setting, [["exact", "exact"]]);
  assertRefuses(setting, ["Exact", "", 1], "must be one of exact, fold");
});

Deno.test("whole() takes whole numbers in its range, as text too", () => {
  const setting = whole({ help, min: 1, max: 64 });
  assertTakes(setting, [[1, 1], ["64", 64], [" 2 ", 2]]);
  assertRefuses(setting, [0, 65, 1.5, "1.5", "many", "", NaN, true], "must be a whole number from 1 to 64");
});

Deno.test("amount() takes fractions", () => {
  const setting = amount({ help, min: 0.5, max: 2 });
  assertTakes(setting, [["0.5", 0.5], [2, 2]]);
  assertRefuses(setting, [0.4, "2.1", "Infinity", []], "must be a number from 0.5 to 2");
});

Deno.test("bytes() takes numbers and numbers with units", () => {
  const setting = bytes({ help, min: 1024, max: 1024 ** 3, default: 1536 * 1024 });
  assertTakes(setting, [
    [2000, 2000],
    ["2000", 2000],
    ["512KiB", 524288],
    ["1.5 MiB", 1572864],
    ["1GiB", 1073741824],
  ]);
  assertRefuses(
    setting,
    [1023, "1B", "16MB", "16mib", "2GiB", "1.0001KiB", "-5MiB", "", null, 1.5],
    "must be from 1KiB to 1GiB, in bytes or as in 16MiB",
  );
  assertEquals(setting.defaultText, "1536KiB");
});

Deno.test("moment() takes dates, times and unix seconds", () => {
  const setting = moment({ help });
  assertTakes(setting, [
    ["2024-07-17", 1721174400],
    ["2024-07-17T03:04", 1721185440],
    ["2024-07-17 03:04:05", 1721185445],
    ["2024-07-17T03:04:05Z", 1721185445],
    ["2024-07-17T03:04:05+02:00", 1721178245],
    ["1721183934", 1721183934],
    [1721183934, 1721183934],
  ]);
  assertRefuses(
    setting,
    [
      "20240717",
      "1721183934000",
      "2024-02-30",
      "2024-13-01",
      "2024-07-17T25:00",
      "2024-07-17T03",
      "today",
      "",
      null,
      5,
    ],
    "must be a date (2024-07-17), a date and time (2024-07-17T08:30:00Z) or unix seconds (1721183934)",
  );
});

Deno.test("address() takes its forms only, and lists them", () => {
  const setting = address({
    help,
    forms: ["redis://HOST:PORT", "none:"],
    accepts: /^(?:redis:\/\/.|none:$)/,
  });
  assertTakes(setting, [["redis://h", "redis://h"], ["none:", "none:"]]);
  assertRefuses(setting, ["http://h", "none:x", "", 6379], "must be one of redis://HOST:PORT, none:");
});
