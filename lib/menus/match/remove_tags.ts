import type { PlainText } from "./plain_text.ts";

/** Tags within a line: what stands before and behind them is one word. */
const inlineTags = new Set(
  ("a abbr acronym b bdi bdo big blink cite code data del dfn em font i ins kbd label mark nobr output q rb rp rt rtc " +
    "ruby s samp small span strike strong sub sup time tt u var wbr").split(" "),
);

/** Inline tags that are no part of the word before: `Pepsi<sup>TM</sup>`. */
const apartTags = new Set(["rt", "sub", "sup"]);

/** Tags that part what stands before and behind them. */
const breakTags = new Set(
  ("address area article aside audio base blockquote body br button canvas caption center col colgroup datalist dd " +
    "details dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head " +
    "header hgroup hr html iframe img input legend li link main map menu meta nav noscript object ol optgroup option " +
    "p param picture pre progress script section select source style summary svg table tbody td template textarea " +
    "tfoot th thead title tr track ul video").split(" "),
);

/** A tag's beginning; names with a colon are those of word processors (`<o:p>`). */
const tagStart = /<\/?([a-z][a-z0-9]*(?::[a-z][a-z0-9]*)?)(?=[\s/>])/iy;
const declaration = /<!doctype\s[^<>]*>|<\?xml\s[^<>]*>|<!\[CDATA\[|\]\]>/iy;

/** How many characters outside of quoted values are read for a tag's end. */
const maxTagCharacters = 1_024;

/**
 * Removes HTML's tags, comments, scripts and style sheets. Tags that end a line, a paragraph or a cell leave a line end. What is
 * no tag of HTML's stays, `a < b` and `<Fanta>`. Takes time in proportion to the text.
 */
export function removeTags({ text, starts, ends }: PlainText): PlainText {
  let plain = "";
  const plainStarts: number[] = [], plainEnds: number[] = [];
  const push = (characters: string, from: number, to: number) => {
    plain += characters;
    plainStarts.push(starts?.[from] ?? from);
    plainEnds.push(ends?.[to - 1] ?? to);
  };
  const isOpenEnded = { comment: false, script: false, style: false };
  const behind = (closing: RegExp, from: number, kind: keyof typeof isOpenEnded): number => {
    if (isOpenEnded[kind]) return -1;
    closing.lastIndex = from;
    isOpenEnded[kind] = !closing.test(text);
    return isOpenEnded[kind] ? -1 : closing.lastIndex;
  };
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    let next = -1, gap = "";
    if (code === 60) {
      if (text.startsWith("<!--", at)) next = behind(/-->/g, at + 4, "comment");
      tagStart.lastIndex = at;
      const name = next < 0 ? tagStart.exec(text)?.[1]?.toLowerCase() : undefined;
      if (name !== undefined && (inlineTags.has(name) || breakTags.has(name) || name.includes(":"))) {
        next = tagEnd(text, tagStart.lastIndex);
        const isClosing = text[at + 1] === "/";
        if (breakTags.has(name)) gap = "\n";
        else if (apartTags.has(name) || isClosing && text[next] === "<" && text[next + 1] !== "/") gap = " ";
        if (next >= 0 && !isClosing && (name === "script" || name === "style")) {
          const end = behind(name === "script" ? /<\/script\s*>/gi : /<\/style\s*>/gi, next, name);
          if (end >= 0) next = end;
        }
      }
    }
    if (next < 0 && (code === 60 || code === 93)) {
      declaration.lastIndex = at;
      if (declaration.test(text)) next = declaration.lastIndex;
    }
    if (next < 0) push(text[at]!, at, at + 1);
    else if (gap !== "") push(gap, at, next);
    at = next < 0 ? at + 1 : next;
  }
  return { text: plain, starts: plainStarts, ends: plainEnds };
}

/** Behind the tag whose name ends at `from`; -1 if no tag does: attributes have values, words in brackets have none. */
function tagEnd(text: string, from: number): number {
  let hasValue = false, hasName = false;
  for (let at = from, read = 0; at < text.length && read < maxTagCharacters; at++, read++) {
    const character = text[at]!;
    if (character === ">") return hasValue || !hasName ? at + 1 : -1;
    if (character === "<") return -1;
    if (character === "=") {
      hasValue = true;
      const [blank] = /^\s{0,8}/.exec(text.slice(at + 1, at + 9))!;
      const quote = text[at + 1 + blank.length];
      if (quote !== '"' && quote !== "'") continue;
      const closing = text.indexOf(quote, at + 2 + blank.length);
      if (closing >= 0) at = closing;
    } else if (character !== "/" && character.trim() !== "") hasName = true;
  }
  return -1;
}
