import { printable } from "../text/printable.ts";
import { fitText, textWidth } from "../text/text_width.ts";

/** What a terminal echoes at the end of the line when somebody stops a command: `^C`. */
const echoColumns = 2;
/** Where standard error is a terminal whose width cannot be found out. */
const usualColumns = 80;

/** Clears the line that the cursor is in. */
export const clearedLine = "\r\x1b[K";

/**
 * What draws a line over the one that the cursor is in: cut to the terminal's width, so that it stays one line that
 * can be cleared, even with a `^C` behind it.
 *
 * @param columns Defaults to the terminal's.
 */
export function terminalLine(text: string, columns = terminalColumns()): string {
  const line = printable(text).replace(/[\n\t]/g, " ");
  const room = Math.max(1, columns - 1 - echoColumns);
  return `\r${textWidth(line) <= room ? line : fitText(line, room)}\x1b[K`;
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return usualColumns;
  }
}
