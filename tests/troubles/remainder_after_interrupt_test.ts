import { assert, assertEquals } from "@std/assert/mod.js";
import { clearedLine, terminalLine } from "../../lib/cli/terminal_line.ts";
import { textWidth } from "../../lib/text/text_width.ts";

const columns = 80;

/** What stands on a terminal's screen: it goes on in the next line behind the last column. */
function screen(written: string): string[] {
  const rows: string[][] = [[]];
  let column = 0;
  // deno-lint-ignore no-control-regex
  for (const [what] of written.matchAll(/\x1b\[K|\r|\n|[^]/gu)) {
    const row = rows.at(-1)!;
    if (what === "\r") column = 0;
    else if (what === "\x1b[K") row.splice(column);
    else if (what === "\n") {
      rows.push([]);
      column = 0;
    } else {
      const width = textWidth(what);
      if (column + width > columns) {
        rows.push([]);
        column = 0;
      }
      rows.at(-1)![column] = what;
      if (width === 2) rows.at(-1)![column + 1] = "";
      column += width;
    }
  }
  return rows.map((row) => Array.from(row, (cell) => cell ?? " ").join("").trimEnd());
}

const lines: Readonly<Record<string, string>> = {
  "a line that is too long": `${
    "█".repeat(20)
  } 0/10 objects, 90,000 records, 81.7 % cached, 6,580 questions waiting, 17,700/s`,
  "a line that just fits": "x".repeat(columns - 3),
  "a line of wide characters": "進捗".repeat(60),
  "a line with a newline and escape sequences of data": `a\nb\x1b]0;pwned\x07${"c".repeat(100)}`,
};

for (const [name, line] of Object.entries(lines)) {
  Deno.test(`nothing is left on the screen of ${name} when somebody stops the command`, () => {
    const drawn = screen(`before\n${terminalLine(line, columns)}`);
    assertEquals(drawn.length, 2, "one line is drawn");
    assert(drawn[1]!.length > 0);
    // The terminal echoes ^C where the cursor is, then the command takes its line away and speaks.
    const stopped = screen(`before\n${terminalLine(line, columns)}^C${clearedLine}Stopping\n`);
    assertEquals(stopped, ["before", "Stopping", ""]);
  });
}

Deno.test("a line that is drawn shows as much as there is room for", () => {
  assertEquals(terminalLine("short", columns), "\rshort\x1b[K");
  assertEquals(terminalLine("x".repeat(100), 20), `\r${"x".repeat(16)}…\x1b[K`);
  assertEquals(terminalLine("x".repeat(100), 3), `\r…\x1b[K`);
});
