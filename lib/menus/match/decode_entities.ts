import { DecodingMode, HtmlEntityDecoder } from "entities/decode";
import type { PlainText } from "./plain_text.ts";

/** An entity's characters, and how long the entity is. */
interface Entity {
  readonly characters: string;
  readonly length: number;
}

/** How often an entity may be encoded: `&amp;amp;eacute;` is, three times. */
const maxEncodings = 4;
/** The longest name of an entity, with its `&` and `;`, is shorter. */
const maxEntityCharacters = 40;

/** What entities without a semicolon stand for that are followed by no small letter: `Pepsi&nbspMax`, but not `&amphora`. */
const markup = /^[&<>"\u00a0]$/;
/** Names of letters that are English words: `rose&thorn`. */
const letterWords = /^[þÞðÐ]$/;

/**
 * Decodes the entities of HTML: by name, decimal and hexadecimal, encoded once or several times over. Without
 * a semicolon, where HTML allows that, those of letters (`caf&eacute`), of markup and of the no-break space are
 * decoded, unless the name may be a word or its beginning (`rum&notes`, `&amphora`). All else stays as it is.
 */
export function decodeEntities(text: string): PlainText {
  let decoded = "";
  const starts: number[] = [], ends: number[] = [];
  const push = (characters: string, start: number, length: number) => {
    decoded += characters;
    for (let unit = 0; unit < characters.length; unit++) {
      starts.push(start);
      ends.push(start + length);
    }
  };
  for (let at = 0; at < text.length;) {
    const entity = text.charCodeAt(at) === 38 ? entityAt(text, at) : undefined;
    if (entity === undefined) {
      push(text[at]!, at, 1);
      at++;
    } else {
      push(entity.characters, at, entity.length);
      at += entity.length;
    }
  }
  return { text: decoded, starts, ends };
}

function entityAt(text: string, at: number): Entity | undefined {
  let entity = oneEntity(text.slice(at, at + maxEntityCharacters));
  for (let encodings = 1; encodings < maxEncodings && entity?.characters === "&"; encodings++) {
    const behind = at + entity.length;
    const inner = oneEntity(`&${text.slice(behind, behind + maxEntityCharacters)}`);
    if (inner === undefined) break;
    entity = { characters: inner.characters, length: entity.length + inner.length - 1 };
  }
  return entity;
}

let emitted = "";
const decoder = new HtmlEntityDecoder((code) => emitted += String.fromCodePoint(code));

/** The entity that a text begins with. */
function oneEntity(text: string): Entity | undefined {
  const length = decode(text);
  if (length > 0 && (text[length - 1] === ";" || text[1] === "#")) return { characters: emitted, length };
  const bare = emitted, next = text[length] ?? "";
  const [named] = /^&[a-z][a-z0-9]*;/i.exec(text) ?? [];
  if (named !== undefined && decode(named.toLowerCase()) === named.length) {
    // `CAF&EACUTE;`: a program wrote the text in capitals.
    return { characters: emitted, length: named.length };
  }
  const isEntity = length > 0 &&
    (markup.test(bare) ? !/^\p{Ll}/u.test(next) : /^\p{L}$/u.test(bare) && !letterWords.test(bare));
  return isEntity ? { characters: bare, length } : undefined;
}

/** Decodes into `emitted`; says how many units it took, 0 for none. */
function decode(text: string): number {
  emitted = "";
  decoder.startEntity(DecodingMode.Legacy);
  const length = decoder.write(text, 1);
  return length < 0 ? decoder.end() : length;
}
