import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { docBlocks, printsLine } from "./shell_blocks.ts";

const fence = "```";

Deno.test("docBlocks() finds what is for a shell, and what the comments before it say", () => {
  const page = [
    ...[
      "Text",
      "",
      `${fence}sh`,
      "sluice run",
      fence,
      "",
      "<!-- exits with 3 -->",
      "",
      `${fence}sh`,
      "a \\",
      "  b",
      fence,
    ],
    ...["- in a list", "  <!-- not run: needs Docker -->", `  ${fence}sh`, "  docker", `  ${fence}`],
    ...["<!-- file: a.jsonl -->", `${fence}json`, "{}", fence, `${fence}json`, "{}", fence],
    ...[
      "<!-- keeps running -->",
      `${fence}sh`,
      "sluice serve",
      fence,
      "<!-- prints -->",
      `${fence}text`,
      "x",
      fence,
    ],
  ].join("\n");
  assertEquals(docBlocks(page).map(({ kind, line, text }) => [line, kind, text]), [
    [3, { is: "command", exitsWith: 0 }, "sluice run"],
    [9, { is: "command", exitsWith: 3 }, "a \\\n  b"],
    [15, { is: "not run", why: "needs Docker" }, "docker"],
    [19, { is: "file", name: "a.jsonl" }, "{}"],
    [26, { is: "server" }, "sluice serve"],
    [30, { is: "output" }, "x"],
  ]);
});

Deno.test("docBlocks() lets no command go by untested", () => {
  assertThrows(
    () => docBlocks("Text\n\n    sluice run\n"),
    Error,
    "Cannot test line 3: commands belong in a fence",
  );
  assertThrows(
    () => docBlocks(`${fence}\nsluice run\n${fence}\n`),
    Error,
    "Cannot test line 1: the fence has no language",
  );
});

Deno.test("printsLine() takes other figures and times, and no other words", () => {
  const output = "records:  2,000 in, 2,000 out\ntime: 1.2 s, 5,552 lines/s\n";
  assertEquals(printsLine(output, "records: 17 in, 17 out"), true);
  assertEquals(printsLine(output, "time:   360 ms, 5 lines/s"), true);
  assertEquals(printsLine(output, "time: …/s"), true);
  assertEquals(printsLine(output, "records: 17 in, 17 rejected"), false);
});
