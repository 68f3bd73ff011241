const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** A number as text: `1,234,567`. */
export function count(n: number): string {
  return whole.format(n);
}

/**
 * A number of things as text: `1 call`, `2,000 calls`.
 *
 * @param noun Of one thing.
 * @param nouns Of several; defaults to `noun` with an `s`.
 */
export function plural(n: number, noun: string, nouns = `${noun}s`): string {
  return `${count(n)} ${n === 1 ? noun : nouns}`;
}

/** Those of the numbers that are not 0, each with its word: `3 failed, 1,200 blank`; empty if all are 0. */
export function tally(parts: readonly (readonly [n: number, word: string])[]): string {
  return parts.filter(([n]) => n > 0).map(([n, word]) => `${count(n)} ${word}`).join(", ");
}

/** A summary as text, a line per subject: `objects:  3 processed`. */
export function subjectLines(lines: readonly (readonly [subject: string, text: string])[]): string {
  return lines.map(([subject, text]) => `${`${subject}:`.padEnd(9)} ${text}\n`).join("");
}

/** A size as text: `12.3 MiB`. */
export function size(bytes: number): string {
  const unit = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${precise.format(bytes / 1024 ** unit)} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
}

/** A time as text: `850 ms`, `12.3 s`, `4 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${whole.format(seconds * 1000)} ms`;
  if (seconds < 60) return `${precise.format(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${whole.format(Math.floor(seconds / 3600))} h ${Math.floor(seconds % 3600 / 60)} min`;
}

/** A share as text: `99.4 %`. */
export function share(part: number, all: number): string {
  return all === 0 ? "–" : `${(Math.floor(part / all * 1000) / 10).toFixed(1)} %`;
}

/** Alternatives: `a, b or c`; at least two. */
export function either(items: readonly string[]): string {
  return `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}
