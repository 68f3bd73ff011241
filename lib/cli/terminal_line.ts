import { printable } from "../text/printable.ts";
import { fitText, textWidth } from "../text/text_width.ts";

/** What a terminal echoes at the end of the line when somebody stops a command: `^C`. */
const echoColumns = 2;
/** Where standard error is a terminal whose width cannot be found out. */
const usualColumns = 80;

/** Clears the line that the cursor is in. */
export const clearedLine = "\r\x1b[K";

/**
 * What draws a line over the one that the cursor is in. It fits the terminal's width, so that it stays one line that
 * can be cleared, even with a `^C` behind it: parts that have no room are left out, the last ones first; the first part
 * is cut if it must be.
 *
 * @param columns Defaults to the terminal's.
 */
export function terminalLine(parts: string | readonly string[], columns = terminalColumns()): string {
  const room = Math.max(1, columns - 1 - echoColumns);
  const [first = "", ...others] = [parts].flat().map((part) => printable(part).replace(/[\n\t]/g, " "));
  let line = first;
  for (const part of others) {
    if (textWidth(`${line}, ${part}`) > room) break;
    line += `, ${part}`;
  }
  return `\r${textWidth(line) <= room ? line : fitText(line, room)}\x1b[K`;
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return usualColumns;
  }
}
