/**
 * A whole number of a bench's command line.
 *
 * @throws {RangeError} It is not an integer, or below `min`.
 */
export function wholeFlag(name: string, text: string, min: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < min) {
    throw new RangeError(
      `Cannot measure: --${name} must be a whole number from ${min} on, not ${text}`,
    );
  }
  return number;
}
