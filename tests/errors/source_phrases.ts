/** A text that the source can say; its expressions are written as `…`. */
export interface SourcePhrase {
  /** Under `lib/`. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** What makes a text out of its first argument: an error, or something that is said. */
const speaking = /^(?:\w*Error|super|withMessage|#?onTrouble|onMessage|say)$/;
/** What makes `Cannot ACTION …` out of its first argument. */
const acting = /^(?:failure|#error|#run|#doing|#transaction)$/;
/** Texts for people wherever they stand: checks hand theirs to valibot, settings gather theirs in lists. */
const spoken = /^(?:Cannot |must )/;

/** All texts in a folder's TypeScript that begin an error or a message. */
export function sourcePhrases(folder: string): SourcePhrase[] {
  const phrases: SourcePhrase[] = [];
  for (const file of filesUnder(folder, "")) {
    const source = Deno.readTextFileSync(folder + file);
    const lineOf = (at: number) => source.slice(0, at).split("\n").length;
    for (const { text, at } of phrasesOf(source)) phrases.push({ file, line: lineOf(at), text });
  }
  return phrases;
}

/** Whether a text of the table holds a phrase of the source. */
export function holds(text: string, phrase: string): boolean {
  const parts = phrase.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join("[^]*")).test(text);
}

function* filesUnder(folder: string, below: string): Generator<string> {
  const entries = [...Deno.readDirSync(folder + below)].sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory } of entries) {
    if (isDirectory) yield* filesUnder(folder, `${below}${name}/`);
    else if (name.endsWith(".ts")) yield below + name;
  }
}

/** The texts in one file, with where they begin. */
export function* phrasesOf(source: string): Generator<{ text: string; at: number }> {
  /** What is open: a bracket, and the word before it. */
  const open: { bracket: string; word: string; texts: number }[] = [];
  const tokens = [...tokensOf(source, 0, source.length)];
  for (let i = 0; i < tokens.length; i++) {
    const { kind, value, at } = tokens[i]!;
    if (kind === "mark" && /[([{]/.test(value)) {
      const before = tokens[i - 1];
      open.push({ bracket: value, word: before?.kind === "word" ? before.value : "", texts: 0 });
    } else if (kind === "mark" && /[)\]}]/.test(value)) open.pop();
    if (kind !== "text") continue;
    let text = value;
    for (; tokens[i + 1]?.value === "+" && tokens[i + 2]?.kind === "text"; i += 2) {
      text += tokens[i + 2]!.value;
    }
    // An array of problems belongs to the call that it stands in.
    const place = open.findLast(({ bracket }) => bracket !== "[");
    const call = place?.bracket === "(" ? place : undefined;
    const isFirst = call !== undefined && call.texts++ === 0;
    if (isFirst && acting.test(call.word) && !spoken.test(text)) yield { text: `Cannot ${text} `, at };
    else if (spoken.test(text) || (isFirst && speaking.test(call.word) && text.includes(" "))) {
      yield { text, at };
    }
  }
}

interface Token {
  readonly kind: "word" | "text" | "mark";
  readonly value: string;
  readonly at: number;
}

/** Words, texts and marks of TypeScript, without comments; a template's expressions come before it, in braces. */
function* tokensOf(source: string, start: number, end: number): Generator<Token> {
  let before: Token | undefined;
  const token = /\/\/.*|\/\*[^]*?\*\/|[#\w$]+|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`|\/|[^\s]/y;
  for (let at = start; at < end;) {
    token.lastIndex = at;
    const found = token.exec(source)?.[0];
    if (found === undefined || found.startsWith("//") || found.startsWith("/*")) {
      at += found?.length ?? 1;
      continue;
    }
    let next: Token, after = at + found.length;
    if (found === "`") {
      const template = templateAt(source, at);
      for (const [from, to] of template.expressions) yield* tokensOf(source, from - 1, to + 1);
      yield next = { kind: "text", value: template.text, at };
      after = template.end;
    } else if (found === "/" && beginsRegExp(before)) {
      after = at + /^\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[])*\/\w*/.exec(source.slice(at))![0].length;
      yield next = { kind: "mark", value: "//", at };
    } else {
      const kind = /^["']/.test(found) ? "text" : /^[#\w$]/.test(found) ? "word" : "mark";
      yield next = { kind, value: kind === "text" ? found.slice(1, -1).replaceAll("\\", "") : found, at };
    }
    before = next;
    at = after;
  }
}

function beginsRegExp(before: Token | undefined): boolean {
  if (before === undefined || before.kind === "word") return before?.value === "return";
  return before.kind === "mark" && !/[)\]}]/.test(before.value);
}

/** A template's text, where its expressions are, and where it ends. */
function templateAt(source: string, at: number) {
  const quoted = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y;
  const expressions: [from: number, to: number][] = [];
  let text = "";
  for (let i = at + 1;; i++) {
    if (source[i] === "`") return { text, expressions, end: i + 1 };
    const isEscape = source[i] === "\\";
    if (isEscape || !source.startsWith("${", i)) {
      text += source[isEscape ? ++i : i];
      continue;
    }
    const from = i + 2;
    for (let depth = 0, j = from;; j++) {
      if (source[j] === "`") j = templateAt(source, j).end - 1;
      quoted.lastIndex = j;
      const text = quoted.exec(source)?.[0];
      if (text !== undefined) j += text.length - 1;
      if (source[j] === "{") depth++;
      if (source[j] === "}" && depth-- === 0) {
        expressions.push([from, i = j]);
        break;
      }
    }
    text += "…";
  }
}
