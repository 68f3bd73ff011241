import { concatenated, contentOf, type FakeContent } from "../../fakes/s3_content.ts";
import { fakeLevel } from "../../fakes/model_behaviour.ts";
import { concat, type CorpusLine, joinLines, plainLines } from "../../story/corpus.ts";
import { endedWell, questionsAskedOnce, type Row } from "../row.ts";
import type { IssueOptions, World } from "../world.ts";

const encoder = new TextEncoder();
const utf8 = (text: string) => encoder.encode(text);
const plain = () => plainLines(50, 7);
const inputsOf = (lines: readonly CorpusLine[]) => lines.map(({ input }) => input);

/** A good line; `@` in the output stands for the level. */
function good(input: string, output: string, company = "a", title = "b"): CorpusLine {
  return {
    input: utf8(input),
    output: utf8(output.replaceAll("@", String(fakeLevel(company, title)))),
    pair: `${company.length} ${company} ${title}`,
  };
}

/** The answer goes before the last brace, all else stays. */
function appended(input: string, company = "a", title = "b"): CorpusLine {
  return good(input, `${input.slice(0, -1)},"seniority":@}`, company, title);
}

function rejected(reason: string, input: string | Uint8Array<ArrayBuffer>): CorpusLine {
  return { reason, input: typeof input === "string" ? utf8(input) : input };
}

/** Lines among plain ones, beside ordinary objects; each must come out as it says. */
function input(fault: string, odd: () => CorpusLine[], options: InputOptions = {}): Row {
  return {
    fault: `input: ${fault}`,
    async run(world) {
      world.issue(2);
      const lines = options.isAlone ? odd() : [...plain(), ...odd(), ...plain()];
      world.issueObject("odd.jsonl", lines, options.issue?.(lines));
      options.harm?.(world);
      const remarks = [...endedWell(await world.run(...options.args ?? [])), ...questionsAskedOnce(world)];
      // Done, and not looped on.
      const again = await world.run();
      const { objects } = JSON.parse(again.stdout.trimEnd().split("\n").at(-1)!);
      return objects.skipped === objects.found ? remarks : [...remarks, `again: ${JSON.stringify(objects)}`];
    },
  };
}

interface InputOptions {
  readonly isAlone?: boolean;
  readonly args?: readonly string[];
  readonly issue?: (lines: readonly CorpusLine[]) => IssueOptions;
  readonly harm?: (world: World) => void;
}

/** Cuts what is read into pieces so small that every character is cut somewhere. */
function inSmallPieces(world: World): void {
  world.s3.fault({ operation: "GetObject", key: "in/odd.jsonl" }, { cutAfterBytes: world.random(1, 400) }, {
    times: 40,
  });
}

const invalidUtf8 = () => [
  // In the key, in another field, and an encoded surrogate.
  rejected("invalid_utf8", concat([utf8(`{"company":"a`), Uint8Array.of(0xff), utf8(`","title":"b"}`)])),
  rejected(
    "invalid_utf8",
    concat([utf8(`{"company":"a","title":"b","x":"`), Uint8Array.of(0xc3), utf8(`"}`)]),
  ),
  rejected(
    "invalid_utf8",
    concat([utf8(`{"company":"`), Uint8Array.of(0xed, 0xa0, 0x80), utf8(`","title":"b"}`)]),
  ),
];

export const inputRows: Row[] = [
  input("no final newline", plain, {
    issue: (lines) => ({ bytes: joinLines(inputsOf(lines), { closed: false }) }),
  }),
  input("an empty object among others", () => [], { isAlone: true }),
  input("only blank lines", () => ["", "  ", "\t"].map((blank) => ({ input: utf8(blank) })), {
    isAlone: true,
  }),
  input("CRLF", plain, { issue: (lines) => ({ bytes: joinLines(inputsOf(lines), { newline: "\r\n" }) }) }),
  input("a byte-order mark", plain, {
    issue: (lines) => ({ bytes: concat([Uint8Array.of(0xef, 0xbb, 0xbf), joinLines(inputsOf(lines))]) }),
  }),
  input("NUL", () => [
    rejected("invalid_json", "\0"),
    rejected("invalid_json", `{"company":"a","title":"b\0"}`),
    appended(`{"company":"a\\u0000","title":"b"}`, "a\0"),
  ]),
  input("invalid UTF-8", invalidUtf8),
  input(
    "invalid UTF-8 across a chunk's edge",
    () => [...invalidUtf8(), appended(`{"company":"é","title":"👔"}`, "é", "👔")],
    {
      harm: inSmallPieces,
    },
  ),
  input("escaped and lone surrogates", () => [
    appended(`{"company":"\\ud83d\\udc54","title":"b"}`, "👔"),
    appended(`{"company":"a","title":"b","x":"\\ud800"}`),
    rejected("invalid_key", `{"company":"a","title":"\\udc54\\ud83d"}`),
  ]),
  input(
    "a line over the cap",
    () => [rejected("line_too_long", `{"company":"a","title":"${"b".repeat(5_000)}"}`)],
    {
      args: ["--max-line-bytes", "2000"],
    },
  ),
  input("100,000-deep nesting", () => [
    appended(`{"company":"a","title":"b","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
    rejected("invalid_json", `{"company":"a","title":"b","x":${`{"y":`.repeat(100_000)}`),
  ]),
  input("doubled keys", () => [
    appended(`{"company":"x","company":"a","title":"z","title":"b"}`),
    good(
      `{"seniority":1,"company":"a","title":"b","seniority":2}`,
      `{"seniority":@,"company":"a","title":"b","seniority":@}`,
    ),
  ]),
  input(
    "a key field of another type",
    () =>
      ["7", "null", "true", `["b"]`, `{"b":1}`].map((title) =>
        rejected(
          title === "null" ? "null_key_field" : "key_field_not_text",
          `{"company":"a","title":${title}}`,
        )
      ),
  ),
  input("a key field that is the empty string", () => [appended(`{"company":"","title":""}`, "", "")]),
  input("numbers past 2^53 and 1e400", () => [
    appended(`{"id":9007199254740993,"x":-0.0,"y":1e400,"z":1E-400,"company":"a","title":"b"}`),
  ]),
  input("a field named __proto__", () => [
    appended(`{"__proto__":{"company":"x"},"company":"a","title":"b"}`),
    rejected("missing_key_field", `{"__proto__":{"company":"a","title":"b"}}`),
  ]),
  input("the output field already there", () => [
    good(`{"seniority":null,"company":"a","title":"b"}`, `{"seniority":@,"company":"a","title":"b"}`),
    good(
      `{"company":"a","title":"b","seniority" : [1,{"seniority":2}] }`,
      `{"company":"a","title":"b","seniority" : @ }`,
    ),
  ]),
  input(
    "many records of one key in one window",
    () => Array.from({ length: 950 }, (_, i) => appended(`{"company":"a","title":"b","n":${i}}`)),
    { isAlone: true },
  ),
  {
    fault: "input: a huge line without newline",
    async run(world) {
      const bytes = world.isLong ? 1024 ** 3 : 128 * 1024 ** 2;
      const lines = plain(),
        text = joinLines(inputsOf(lines)),
        filler = new Uint8Array(1024 * 1024).fill(0x78);
      const line: FakeContent = {
        bytes,
        async *read(start, end) {
          for (let at = start; at < end; at += filler.length) {
            await Promise.resolve();
            yield filler.subarray(0, end - at);
          }
        },
      };
      const rest = contentOf([concat([utf8("\n"), text])]);
      world.s3.putContent("raw", "in/huge.jsonl", concatenated([contentOf([text]), line, rest]));
      const result = await world.run();
      const remarks = endedWell(result);
      const { peakRssBytes } = JSON.parse(result.stdout.trimEnd().split("\n").at(-1)!);
      if (peakRssBytes > 250e6) remarks.push(`peak memory ${Math.round(peakRssBytes / 1e6)} MB`);
      const expected = joinLines([...lines, ...lines].map(({ output }) => output!));
      if (await world.s3.text("mod", "out/huge.jsonl") !== new TextDecoder().decode(expected)) {
        remarks.push("the rest of the object is not right");
      }
      const reject = JSON.parse(await world.s3.text("mod", "out/_rejects/huge.jsonl"));
      if (reject.line !== lines.length + 1 || reject.reason !== "line_too_long" || reject.bytes !== bytes) {
        remarks.push(`the reject is ${JSON.stringify({ ...reject, text: reject.text.length })}`);
      }
      world.allow("huge.jsonl");
      world.allow("_rejects/huge.jsonl");
      return remarks;
    },
  },
];
