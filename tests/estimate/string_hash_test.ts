import { assert, assertEquals } from "@std/assert/mod.js";
import { stringHash } from "../../lib/estimate/string_hash.ts";

/** How far counts are from even: their chi-square, less its mean, in standard deviations. */
function unevenness(counts: Uint32Array): number {
  const mean = counts.reduce((sum, n) => sum + n) / counts.length;
  const chiSquare = counts.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
  return (chiSquare - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

const families: Record<string, (i: number) => string> = {
  "numbers": (i) => `${i}`,
  "numbers in the middle": (i) => `4:AcmeSenior engineer ${i} (all genders)`,
  "letters": (i) => String.fromCharCode(97 + i % 26, 97 + (i / 26 | 0) % 26, 97 + (i / 676 | 0)),
  "lengths": (i) => "a".repeat(i % 300) + "b".repeat(i / 300 | 0),
  "high bits": (i) => String.fromCharCode(i << 8 & 0xff00, i & 0xff00),
};

for (const [name, text] of Object.entries(families)) {
  Deno.test(`stringHash() spreads ${name} evenly over the low and the high bits of both words`, () => {
    const words = new Uint32Array(2);
    const seen = new Set<string>();
    const texts = new Set<string>();
    const counts = Array.from({ length: 4 }, () => new Uint32Array(256));
    for (let i = 0; i < 17_576; i++) {
      if (texts.has(text(i))) continue;
      texts.add(text(i));
      stringHash(text(i), words);
      seen.add(words.join());
      words.forEach((word, which) => {
        counts[2 * which]![word & 255]!++;
        counts[2 * which + 1]![word >>> 24]!++;
      });
    }
    assertEquals(seen.size, texts.size);
    for (const count of counts) assert(Math.abs(unevenness(count)) < 5, `${unevenness(count)}`);
  });
}
