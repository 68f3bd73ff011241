const LF = 10;

/** The whole lines that begin from `start` up to and without `end`; not copied. */
export function linesBetween(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const beginning = (at: number) =>
    at <= 0 ? 0 : at >= bytes.length ? bytes.length : bytes.indexOf(LF, at - 1) + 1;
  return bytes.subarray(beginning(start), beginning(end) || bytes.length);
}
