import { assertEquals } from "@std/assert/mod.js";
import { duration, plural, share, size, subjectLines, tally } from "../../lib/text/format.ts";

Deno.test("plural() groups the figure and takes the singular for 1 alone", () => {
  assertEquals([0, 1, 2, 2_000].map((n) => plural(n, "call")), [
    "0 calls",
    "1 call",
    "2 calls",
    "2,000 calls",
  ]);
  assertEquals([1, 3].map((n) => plural(n, "query", "queries")), ["1 query", "3 queries"]);
});

Deno.test("tally() leaves out what did not occur", () => {
  assertEquals(tally([[3, "failed"], [0, "gone"], [1_200, "blank"]]), "3 failed, 1,200 blank");
  assertEquals(tally([[0, "failed"]]), "");
});

Deno.test("subjectLines() aligns the texts", () => {
  assertEquals(
    subjectLines([["keys", "3 lookups"], ["objects", "1 processed"]]),
    "keys:     3 lookups\nobjects:  1 processed\n",
  );
});

Deno.test("duration(), size() and share() are short at every magnitude", () => {
  assertEquals([0.85, 12.34, 245, 12_000].map(duration), ["850 ms", "12.3 s", "4 min 5 s", "3 h 20 min"]);
  assertEquals([0, 1023, 1536, 12.3 * 1024 ** 2].map(size), ["0 B", "1,020 B", "1.5 KiB", "12.3 MiB"]);
  assertEquals([share(0, 0), share(999_999, 1_000_000)], ["–", "99.9 %"]);
});
