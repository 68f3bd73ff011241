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
  const guarded = {
    stderr: (text: string) => io.stderr(printable(hide(text))),
    control: (text: string) => (io.control ?? io.stderr)(hide(text)),
    print: (text: string) => io.stdout(printable(hide(text))),
  };
  // What is a getter stays one: streams are not opened before they are needed.
  const properties = {
    ...Object.getOwnPropertyDescriptors(io),
    ...Object.getOwnPropertyDescriptors(guarded),
  };
  return Object.defineProperties({}, properties) as Io & typeof guarded;
}
