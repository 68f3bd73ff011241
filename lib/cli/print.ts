import { printable } from "../text/printable.ts";
import type { Io } from "./io.ts";

/** Writes what people read to standard output: control characters of data in it are spelled out. */
export function print(io: Io, text: string): void {
  if (io.print !== undefined) io.print(text);
  else io.stdout(printable(text));
}
