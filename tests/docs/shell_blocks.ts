/** A fenced block of a Markdown page that its reader types into a shell, or saves as a file. */
export interface DocBlock {
  /** Line of its fence, from 1. */
  readonly line: number;
  readonly text: string;
  readonly kind:
    | { readonly is: "command"; readonly exitsWith: number }
    /** Runs until it is stopped: what comes next on the page uses it. */
    | { readonly is: "server" }
    | { readonly is: "not run"; readonly why: string }
    | { readonly is: "file"; readonly name: string }
    /** What the command before it prints: see {@linkcode printsLine}. */
    | { readonly is: "output" };
}

/** Comments that a page has before a block. */
const directives: readonly [RegExp, (value: string) => DocBlock["kind"]][] = [
  [/^not run: (.+)$/, (why) => ({ is: "not run", why })],
  [/^keeps running$/, () => ({ is: "server" })],
  [/^exits with (\d+)$/, (status) => ({ is: "command", exitsWith: Number(status) })],
  [/^file: (\S+)$/, (name) => ({ is: "file", name })],
  [/^prints$/, () => ({ is: "output" })],
];

/**
 * The blocks of a page that are for a shell (`sh`), and those that are files: a comment `<!-- file: NAME -->` stands
 * before them. `<!-- not run: WHY -->`, `<!-- keeps running -->`, `<!-- exits with N -->` and, before what the
 * command prints, `<!-- prints -->` say what to expect.
 *
 * @throws {Error} A fence without a language, or commands that stand in no fence, where no test would find them.
 */
export function docBlocks(markdown: string): DocBlock[] {
  const blocks: DocBlock[] = [];
  const lines = markdown.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const [, indent, language] = /^( *)```(\S*)/.exec(lines[i]!) ?? [];
    if (indent === undefined) {
      if (/^ {4,}(?:sluice|npx|deno|curl|docker|kubectl) /.test(lines[i]!)) {
        throw new Error(`Cannot test line ${i + 1}: commands belong in a fence, \`\`\`sh`);
      }
      continue;
    }
    if (language === "") throw new Error(`Cannot test line ${i + 1}: the fence has no language`);
    const end = lines.indexOf(`${indent}\`\`\``, i + 1);
    const text = lines.slice(i + 1, end).map((line) => line.slice(indent.length)).join("\n");
    const before = lines.slice(0, i).findLast((line) => line.trim() !== "") ?? "";
    const kind = kindOf(before.trim()) ??
      (language === "sh" ? { is: "command", exitsWith: 0 } as const : undefined);
    if (kind !== undefined) blocks.push({ line: i + 1, text, kind });
    i = end;
  }
  return blocks;
}

function kindOf(before: string): DocBlock["kind"] | undefined {
  const [, comment] = /^<!-- (.+) -->$/.exec(before) ?? [];
  for (const [pattern, kind] of directives) {
    const [, value = ""] = pattern.exec(comment ?? "") ?? [undefined];
    if (comment !== undefined && pattern.test(comment)) return kind(value);
  }
}

/** Whether an output has a line of a page: figures may differ, and `…` stands for anything. */
export function printsLine(output: string, line: string): boolean {
  const pattern = line.trim().replaceAll(/[\\^$*+?.()|[\]{}]/g, "\\$&")
    .replaceAll("…", ".*")
    .replaceAll(/\d(?:[\d,]|\\\.(?=\d))*(?: (?:ms|s|B|KiB|MiB))?/g, "[\\d,.]+(?: (?:ms|s|B|KiB|MiB))?")
    .replaceAll(/ +/g, " +");
  return RegExp(`^ *${pattern} *$`, "m").test(output);
}
