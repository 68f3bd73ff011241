const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** East Asian wide and full-width characters, and emoji that are drawn as such. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const plain = /^[\x20-\x7e]*$/;

/**
 * How many columns of a terminal a text takes. (`unicodeWidth` of `@std/cli` lacks its table in the npm package.)
 */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += widthOf(segment);
  return width;
}

/** A text in exactly so many columns: cut with `…`, or filled with spaces. */
export function fitText(text: string, columns: number): string {
  const width = textWidth(text.slice(0, columns * 8)); // no longer text is of interest
  if (width <= columns && text.length <= columns * 8) return text + " ".repeat(columns - width);
  let kept = "", used = 0;
  for (const { segment } of segmenter.segment(text.slice(0, columns * 8))) {
    const next = widthOf(segment);
    if (used + next > columns - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept}…${" ".repeat(columns - 1 - used)}`;
}

function widthOf(grapheme: string): number {
  if (/^\p{Mn}+$/u.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}
