import { printable } from "../text/printable.ts";
import type { Io } from "./io.ts";

/**
 * Streams for people: what goes to standard error, or is printed, can neither steer a terminal nor show what `hide`
 * takes out. Data on standard output stays as it is.
 *
 * @param hide Replaces secrets in a text.
 */
export function guardedIo(
  io: Io,
  hide: (text: string) => string,
): Io & Required<Pick<Io, "control" | "print">> {
  return {
    ...io,
    get stdin() {
      return io.stdin; // not opened before it is needed
    },
    stderr: (text) => io.stderr(printable(hide(text))),
    control: (text) => (io.control ?? io.stderr)(hide(text)),
    print: (text) => io.stdout(printable(hide(text))),
  };
}
