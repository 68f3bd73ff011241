import { abbreviations, contextual } from "./abbreviations.ts";

const word = /[\p{L}\p{N}'’]+\.?/gu;
/** Initials with dots, and what runs into the next word. */
const dotted: readonly (readonly [pattern: RegExp, full: string])[] = [
  [/(?<![\p{L}.])(?:([sea])\. ?)?v\. ?p(?:\.|(?![\p{L}\p{N}]))/gu, "$1vp"],
  [/(?<!\p{L})(sr|snr|jr|jnr|asst|assoc|mgr|dir)\.(?=\p{L})/gu, "$1. "],
  [/(?<!\p{L})vice-president/gu, "vice president"],
];
/** Words of other languages than English: there, `dir`, `coord` or `tech` are short for words of that language. */
const foreign =
  /(?<!\p{L})(?:de|del|da|do|das|dos|di|della|du|des|der|für|und|van|voor|et|y|e|la|le|les|el)(?!\p{L})/u;

/** Spells out abbreviations of a folded title, those that can mean one thing only where they stand. */
export function spellOut(text: string): string {
  let rest = text;
  if (text.includes(".") || text.includes("-")) {
    for (const [pattern, full] of dotted) rest = rest.replace(pattern, full);
  }
  const found = [...rest.matchAll(word)];
  let isForeign: boolean | undefined;
  let out = "", end = 0;
  for (let i = 0; i < found.length; i++) {
    const { 0: written, index } = found[i]!;
    const bare = written.endsWith(".") ? written.slice(0, -1) : written;
    let full = abbreviations.get(written) ?? abbreviations.get(bare);
    if (full !== undefined && typeof full !== "string") {
      isForeign ??= foreign.test(rest);
      full = isForeign ? undefined : full.english;
    }
    const meanings = contextual.get(bare);
    if (full === undefined && meanings !== undefined && !(index > 0 && /[-&]/.test(rest[index - 1]!))) {
      const before = plain(found[i - 1]?.[0]).split(" ").at(-1)!,
        after = plain(found[i + 1]?.[0]).split(" ")[0]!;
      full = meanings.find((meaning) =>
        meaning.after?.test(before) !== false && meaning.before?.test(after) !== false
      )
        ?.full;
    }
    if (full === undefined) continue;
    out += rest.slice(end, index) + full;
    end = index + written.length;
  }
  return end === 0 ? rest : out + rest.slice(end);
}

function plain(written: string | undefined): string {
  if (written === undefined) return "";
  const bare = written.endsWith(".") ? written.slice(0, -1) : written;
  const full = abbreviations.get(bare);
  return full === undefined ? bare : typeof full === "string" ? full : full.english;
}
