import { asideWords, linkWords, tradeWords } from "./aside_words.ts";
import { places, stateCodes } from "./places.ts";

type Kind = "aside" | "place";

/** By phrase, and by first word how many words its longest phrase has. */
const phrases = new Map<string, Kind>();
const longest = new Map<string, number>();
for (const [kind, list] of [["aside", asideWords], ["place", places]] as const) {
  for (const phrase of list) {
    const words = phrase.split(" ");
    phrases.set(phrase, kind);
    longest.set(words[0]!, Math.max(longest.get(words[0]!) ?? 0, words.length));
  }
}

const bracketed = /[([{]([^()[\]{}]*)[)\]}]/g;
/** What stands apart stands between these; the sign that is between two parts is kept with them. */
const separator =
  / ?[|•·★►»:;,@!]+(?: |$)| ?[|•★►»@] ?|^[!*~]+ ?| ?\*\*+ ?| [-–—/~]+ |[-–—]+ | [-–—]+(?=\p{L})|!+/gu;
/** Hours behind a preposition stand apart without a sign. */
const hours =
  / (?:in (?:voll|teil)zeit|(?:in )?voll-? ?(?:oder|und|\/|&) ?teilzeit|à (?:temps (?:plein|partiel)|mi-temps)|a (?:tiempo (?:completo|parcial)|tempo (?:pieno|parziale|integral|parcial)))(?= ?(?:$|[-–—|,;([]))/gu;
const anyMark = /[^\p{L}\p{N} ]/u;
const letterOrDigit = /[\p{L}\p{N}]/u;
const edges = /^[^\p{L}\p{N}([{.#+]+|[^\p{L}\p{N})\]}+#.]+$|(?<=[\p{L}\p{N}]{3})\.+$/gu;

/**
 * Takes out places, work modes, hours, shifts and calls for applicants that stand apart: in brackets, or between signs
 * (`-`, `|`, `@`, a comma, a colon, an exclamation mark), and nothing else with them. Dashes between the parts that
 * are left become `-`. A title that has no other part stays as it is.
 */
export function withoutAsides(text: string): string {
  if (!anyMark.test(text)) {
    return text.includes("zeit") || text.includes("temp") ? text.replace(hours, "") : text;
  }
  const rest = text.replace(
    bracketed,
    (whole, inner: string) =>
      !letterOrDigit.test(inner) || kindOf(inner, undefined) !== undefined ? " " : whole,
  ).replace(hours, "").trim();
  if (!letterOrDigit.test(rest)) return text;
  const parts = rest.split(separator), signs = rest.match(separator) ?? [];
  let out = "", before: Kind | undefined, sign = "", isOnlyAsides = true;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!.trim();
    if (i > 0) sign = signOf(signs[i - 1]!);
    if (part === "") continue;
    before = kindOf(part, before);
    if (before !== undefined && !(out === "" && tradeWords.has(part))) continue;
    isOnlyAsides &&= before !== undefined;
    out = out === "" ? part : out + sign + part;
  }
  if (isOnlyAsides) return rest.replace(edges, "");
  const kept = out.replace(edges, "");
  return letterOrDigit.test(kept) ? kept : text;
}

/** How a sign is written between two parts that are left. */
function signOf(sign: string): string {
  const bare = sign.trim();
  if (/^!+$/.test(bare) || /^\*+$/.test(bare) || bare === "") return " ";
  if (/^[-–—~|•·★►»]+$/.test(bare)) return /^ .* $|[|•★►»]/.test(sign) ? " - " : sign;
  return sign;
}

/** What a part is if nothing but asides are in it: a `place` where it ends in one. */
function kindOf(part: string, before: Kind | undefined): Kind | undefined {
  const words = part.match(/[\p{L}\p{N}'’]+/gu);
  if (words === null) return undefined;
  let kind: Kind | undefined = before === "place" ? before : undefined, found = 0;
  for (let i = 0; i < words.length;) {
    const word = words[i]!;
    let length = Math.min(longest.get(word) ?? 0, words.length - i);
    for (; length > 0; length--) {
      const known = phrases.get(length === 1 ? word : words.slice(i, i + length).join(" "));
      if (known === undefined) continue;
      kind = known;
      found++;
      break;
    }
    if (length > 0) i += length;
    else if (kind === "place" && stateCodes.has(word)) {
      found++;
      i++;
    } else if (linkWords.has(word)) i++;
    else return undefined;
  }
  return found > 0 ? kind : undefined;
}
