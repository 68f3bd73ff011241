import { assert, assertEquals, assertThrows } from "@std/assert/mod.js";
import { TextLineStream } from "@std/streams/text_line_stream.js";
import fc from "fast-check";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { type Batch, ObjectCounts, type RemovedLine } from "../../../lib/records/batch.ts";
import type { Recipe } from "../../../lib/recipe/recipe.ts";
import { LineScanner } from "../../../lib/records/scan/scan_lines.ts";
import { DecodeStream } from "../reference/decode.ts";
import { EncodeStream } from "../../../lib/records/stages/encode.ts";
import { ParseStream } from "../reference/parse.ts";
import { ScanStream } from "../../../lib/records/stages/scan.ts";
import { WindowStream } from "../reference/window.ts";
import { numRuns } from "../../property_runs.ts";
import { joinLines, oddLines } from "../../story/corpus.ts";
import { cutAt, runStage } from "./run_stage.ts";
import { until } from "../../until.ts";
import { testRecipe } from "../../fakes/recipe.ts";

const recipe = testRecipe;

interface Options {
  readonly recipe: Recipe;
  readonly maxLineBytes: number;
  readonly windowRecords: number;
  readonly windowBytes: number;
  readonly maxKeyBytes: number;
}

const options: Options = {
  recipe,
  maxLineBytes: 100_000,
  windowRecords: 4,
  windowBytes: 1_000_000,
  maxKeyBytes: 1_000,
};

type Answers = readonly (number | "refused")[];

/** Gives out answers by what the key is, so that equal keys get equal ones. */
function answering(answers: Answers): TransformStream<Batch, Batch> {
  return new TransformStream({
    transform(batch, controller) {
      batch.keys.forEach((key, i) => batch.answers[i] = answers[key.length % answers.length]!);
      controller.enqueue(batch);
    },
  });
}

const latin1 = new TextDecoder("latin1");

/** Says what batches are made of, in types that do not depend on the way here. */
function plain({ text, ends, keyOf, keys, lineNumbers, rejects, bytes }: Batch) {
  return {
    lines: Array.from(
      ends,
      (end, i) => latin1.decode(text.subarray(i === 0 ? 0 : ends[i - 1]! + 1, end + 1)),
    ),
    keyOf: Array.from(keyOf),
    keys,
    lineNumbers: [...lineNumbers],
    rejects,
    bytes,
  };
}

async function run(
  chunks: Uint8Array[],
  answers: Answers,
  makeStages: (counts: ObjectCounts) => TransformStream[],
  makeEncode: (counts: ObjectCounts) => TransformStream,
) {
  const counts = new ObjectCounts();
  const batches: unknown[] = [];
  const watch = new TransformStream<Batch, Batch>({
    transform(batch, controller) {
      batches.push(plain(batch));
      controller.enqueue(batch);
    },
  });
  const output = await runStage<Uint8Array, Uint8Array>(
    chunks,
    ...makeStages(counts),
    watch,
    answering(answers),
    makeEncode(counts),
  );
  return { counts: { ...counts }, batches, output: output.map((chunk) => latin1.decode(chunk)) };
}

/** The way over strings. */
function slowly(chunks: Uint8Array[], answers: Answers, options: Options) {
  const removed: RemovedLine[] = [];
  return run(
    chunks,
    answers,
    (counts) => [
      new DecodeStream({ ...options, removed }),
      new TextLineStream(),
      new WindowStream(options),
      new ParseStream({ ...options, removed, counts }),
    ],
    (counts) => new EncodeStream({ outputField: options.recipe.outputField, counts }),
  );
}

function scanned(
  chunks: Uint8Array[],
  answers: Answers,
  options: Options,
  scanner = new LineScanner(options),
) {
  return run(
    chunks.map((chunk) => chunk.slice()),
    answers,
    (counts) => [new ScanStream({ ...options, scanner, counts, ownsChunks: true })],
    (counts) => new EncodeStream({ scanner, outputField: options.recipe.outputField, counts }),
  );
}

/** Small, so that it gets full. */
const scanner = new LineScanner({ recipe, maxKeys: 16, maxKeyTableBytes: 300 });
const fold: Recipe = { ...recipe, normalize: "fold" };
const foldScanner = new LineScanner({ recipe: fold, maxKeys: 16, maxKeyTableBytes: 300 });
const titles: Recipe = { ...recipe, normalize: "titles" };
const titlesScanner = new LineScanner({ recipe: titles, maxKeys: 16, maxKeyTableBytes: 300 });
const oddRecipe: Recipe = { ...recipe, companyField: "", titleField: "__proto__", outputField: 'a"\\ü' };
const oddScanner = new LineScanner({ recipe: oddRecipe });

const encoder = new TextEncoder();
const space = fc.constantFrom("", "", "", "", " ", "\t", "\r", " \r\t ");
/** A string as JSON, some of it needlessly escaped. */
const quoted = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.constantFrom("plain", "plain", "ascii", "all")).map(([text, how]) => {
    const json = JSON.stringify(text);
    const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    if (how === "ascii") return json.replace(/[\u0080-\uffff]/g, escape);
    if (how === "all") return `"${text.replace(/[^]/g, escape)}"`.replace(/[\u0080-\uffff]/g, escape);
    return json;
  });
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom(
    "",
    "a",
    "b",
    "A",
    " b",
    "B - Remote",
    "ü",
    "u\u0308",
    "👔",
    "\0",
    "\n",
    '"',
    "\\",
    "\ud800",
    "x".repeat(40),
  ),
);
const name = fc.oneof(
  { weight: 3, arbitrary: quoted(fc.constantFrom("company", "title")) },
  {
    weight: 1,
    arbitrary: quoted(fc.constantFrom("seniority", "", "__proto__", 'a"\\ü', "constructor", "tit", "titles")),
  },
  { weight: 1, arbitrary: quoted(text) },
);
const number = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,4})?([eE][+-]?\d{1,3})?$/);
const json: fc.Arbitrary<string> = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    quoted(text),
    number,
    fc.constantFrom("true", "false", "null", "{}", "[]", "{ }", "[\t]"),
    fc.tuple(
      space,
      fc.array(fc.tuple(space, tie("value"), space).map((parts) => parts.join("")), { maxLength: 3 }),
    )
      .map(([space, items]) => `[${items.length === 0 ? space : items.join(",")}]`),
    tie("object"),
  ),
  object: fc.array(
    fc.tuple(space, name, space, fc.constant(":"), space, tie("value"), space).map((parts) => parts.join("")),
    { maxLength: 3 },
  ).map((fields) => `{${fields.join(",")}}`),
})).value;
const field = fc.tuple(
  space,
  name,
  space,
  fc.constant(":"),
  space,
  fc.oneof(quoted(text), quoted(text), json),
  space,
)
  .map((parts) => parts.join(""));
/** A record in most cases. */
const object = fc.tuple(
  fc.shuffledSubarray(["company", "title"], { minLength: 2 }),
  fc.array(field, { maxLength: 4 }),
  fc.array(quoted(text), { minLength: 2, maxLength: 2 }),
  space,
  space,
  fc.nat({ max: 4 }),
).map(([names, others, values, before, after, at]) => {
  const fields = names.map((name, i) => `${after}"${name}":${before}${values[i]}`);
  return `${before}{${others.toSpliced(at, 0, ...fields).join(",")}}${after}`;
});
const bytes = fc.oneof(
  fc.constantFrom(...'{}[]:,"\\ut0fn \t\r\n-.eE+19\0\v\f/x', "\x7f", "\x1f").map((char) =>
    char.charCodeAt(0)
  ),
  fc.constantFrom(0x80, 0xbf, 0xc0, 0xc1, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff),
  fc.integer({ min: 0, max: 255 }),
);
const edit = fc.tuple(fc.constantFrom("replace", "insert", "remove", "repeat"), fc.nat(), bytes);
const mutated = fc.tuple(fc.oneof(object, json), fc.array(edit, { minLength: 1, maxLength: 3 })).map(
  ([text, edits]) => {
    const line = [...encoder.encode(text)];
    for (const [what, place, byte] of edits) {
      const at = place % (line.length + 1);
      if (what === "replace") line[Math.min(at, line.length - 1)] = byte;
      else if (what === "insert") line.splice(at, 0, byte);
      else if (what === "remove") line.splice(at, 1 + byte % 3);
      else line.splice(at, 0, ...line.slice(at, at + byte % 12));
    }
    return Uint8Array.from(line);
  },
);
const odd = [
  ...oddLines().map(({ input }) => input),
  ...[
    '{"seniority":1,"company":"a","seniority" : [2] ,"title":"b"}',
    '{"seniority":1,"company":"a","seniorit\\u0079":{"seniority":1},"title":"b"}',
    `{"seniority":${"[".repeat(70)}${"]".repeat(70)},"company":"a","title":"b" } `,
  ].map((text) => encoder.encode(text)),
];
const line = fc.oneof(
  { weight: 6, arbitrary: object.map((text) => encoder.encode(text)) },
  { weight: 4, arbitrary: mutated },
  { weight: 2, arbitrary: fc.constantFrom(...odd) },
  { weight: 1, arbitrary: json.map((text) => encoder.encode(text)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", " ", "\t\v\f", "\r", "\ufeff", "\u00a0").map((t) => encoder.encode(t)),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 60, max: 70 }).map((depth) =>
      encoder.encode(
        `{"company":"a","x":${'[{"y":'.repeat(depth / 2)}1${"}]".repeat(depth / 2)},"title":"b"}`,
      )
    ),
  },
) as fc.Arbitrary<Uint8Array<ArrayBuffer>>;

const input = fc.tuple(
  fc.array(line, { maxLength: 9 }),
  fc.constantFrom("\n", "\n", "\r\n"),
  fc.boolean(),
  fc.constantFrom("", "", "", "\ufeff"),
).map(([lines, newline, closed, mark]) => {
  const joined = joinLines(lines, { newline, closed });
  return Uint8Array.from([...encoder.encode(mark), ...joined]);
});

const answers = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.constantFrom<number | "refused">(0, 9, 10, 99, 100, 254, 255, 256, 1.5, -1, "refused"),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.constantFrom<number | "refused">(3, 100, "refused"), {
      minLength: 1,
      maxLength: 5,
    }),
  },
);

Deno.test("ScanStream() makes of any bytes, in any chunks, what the stages over strings make", async () => {
  await fc.assert(
    fc.asyncProperty(
      input,
      fc.array(fc.nat({ max: 2_000 }), { maxLength: 6 }),
      answers,
      fc.record({
        windowRecords: fc.constantFrom(1, 2, 3, 1000),
        maxLineBytes: fc.constantFrom(100_000, 100_000, 60, 12),
        maxKeyBytes: fc.constantFrom(1_000, 1_000, 12),
      }),
      fc.constantFrom(
        [recipe, scanner] as const,
        [recipe, scanner] as const,
        [fold, foldScanner] as const,
        [titles, titlesScanner] as const,
        [oddRecipe, oddScanner] as const,
      ),
      async (bytes, places, answers, changes, [recipe, scanner]) => {
        const now = { ...options, ...changes, recipe };
        const expected = await slowly([bytes], answers, now);
        assertEquals(await scanned(cutAt(bytes, places), answers, now, scanner), expected);
      },
    ),
    { numRuns },
  );
});

Deno.test("ScanStream() makes the same of bytes that come one by one", async () => {
  await fc.assert(
    fc.asyncProperty(input, fc.constantFrom(60, 100_000), async (bytes, maxLineBytes) => {
      const now = { ...options, maxLineBytes };
      const expected = await slowly([bytes], [1, 2, 3], now);
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
      assertEquals(await scanned(single, [1, 2, 3], now, scanner), expected);
    }),
    { numRuns: Math.min(numRuns, 500) },
  );
});

Deno.test("ScanStream() refuses windows of nothing", () => {
  const counts = new ObjectCounts();
  for (const name of ["windowRecords", "windowBytes"] as const) {
    const error = assertThrows(
      () => new ScanStream({ ...options, scanner, counts, [name]: 0 }),
      SluiceError,
      `Cannot gather windows: ${name} is 0, not 1 or more`,
    );
    assertEquals(error.kind, "settings");
  }
});

Deno.test("ScanStream() ends windows by bytes", async () => {
  const lines = ["aaa", "bbb", "ccccccc", "d"].map((text) => encoder.encode(`${text}\n`));
  const counts = new ObjectCounts();
  const batches = await runStage<Uint8Array, Batch>(
    lines,
    new ScanStream({ ...options, windowRecords: 100, windowBytes: 8, scanner, counts }),
  );
  assertEquals(batches.map(({ rejects }) => rejects.length), [2, 1, 1]);
});

Deno.test("ScanStream() keeps the first 64 KiB of a long line, in any chunks, and not its line end", async () => {
  const line = encoder.encode(`${"0123456789".repeat(7_000)}\r\n{"company":"a","title":"b"}\n`);
  for (const maxLineBytes of [1_500, 66_000]) {
    const now = { ...options, maxLineBytes };
    const expected = await slowly([line], [5], now);
    for (const size of [1_000, 65_535, 65_536, 70_001, 70_002]) {
      const chunks = Array.from(
        { length: Math.ceil(line.length / size) },
        (_, i) => line.slice(i * size, i * size + size),
      );
      assertEquals(await scanned(chunks, [5], now, scanner), expected);
    }
  }
});

Deno.test("ScanStream() takes a last line of just maxLineBytes without a line end", async () => {
  const [before, behind] = ['{"company":"a","title":"b","text":"', '"}'];
  const line = before + "x".repeat(70_000 - before.length - behind.length) + behind;
  const now = { ...options, maxLineBytes: line.length };
  for (const end of ["", "\r"]) {
    const made = await scanned([encoder.encode(line + end)], [5], now, scanner);
    assertEquals([made.counts.in, made.counts.out, made.counts.rejected], [1, 1, 0]);
    assertEquals(made, await slowly([encoder.encode(line + end)], [5], now));
  }
});

Deno.test("ScanStream() gives back chunks of its own, once their lines are in batches", async () => {
  const lines = fc.array(
    fc.record({ key: fc.nat(3), bytes: fc.integer({ min: 1, max: 6_000 }) }),
    { minLength: 1, maxLength: 40 },
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 8 });
  const now = { ...options, maxLineBytes: 5_500 };
  await fc.assert(
    fc.asyncProperty(lines, sizes, async (lines, sizes) => {
      const bytes = encoder.encode(
        lines.map(({ key, bytes }) => `{"company":"${key}","title":"t","x":"${"y".repeat(bytes)}"}\n`).join(
          "",
        ),
      );
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += chunks.at(-1)!.length) {
        chunks.push(bytes.slice(at, at + sizes[chunks.length % sizes.length]!));
      }
      assertEquals(await scanned(chunks, [1, 2], now, scanner), await slowly(chunks, [1, 2], now));
    }),
    { numRuns: Math.min(numRuns, 300) },
  );
});

Deno.test("ScanStream() leaves no chunk of its own to the collector but those of the last window", async () => {
  const line = `{"company":"a","title":"b","x":"${"y".repeat(3_000)}"}\n`;
  const bytes = encoder.encode(line.repeat(40));
  for (const ownsChunks of [true, false]) {
    const chunks = Array.from({ length: 25 }, (_, i) => bytes.slice(i * 5_000, i * 5_000 + 5_000));
    const counts = new ObjectCounts();
    await runStage<Uint8Array, Batch>(chunks, new ScanStream({ ...options, scanner, counts, ownsChunks }));
    assertEquals(counts.in, 40);
    const kept = chunks.filter(({ buffer }) => !buffer.detached).length;
    if (ownsChunks) assert(kept <= 4, `${kept} of 25 are kept`);
    else assertEquals(kept, 25);
  }
});

Deno.test("ScanStream() keeps the chunks of a line that ends after its window's wait", async () => {
  const [whole, cut] = ["a", "b"].map((key) =>
    `{"company":"${key}","title":"t","x":"${"y".repeat(9_000)}"}\n`
  );
  const bytes = encoder.encode(whole! + cut!);
  const counts = new ObjectCounts();
  const stream = new ScanStream({ ...options, scanner, counts, ownsChunks: true, windowWaitMs: 1 });
  const batches = Array.fromAsync(stream.readable);
  const writer = stream.writable.getWriter();
  for (const [start, end] of [[0, 12_000], [12_000, 15_000]]) await writer.write(bytes.slice(start, end));
  await until(() => counts.in > 0);
  await writer.write(bytes.slice(15_000));
  await writer.close();
  const decoder = new TextDecoder();
  assertEquals((await batches).map(({ text }) => decoder.decode(text)), [whole!, cut!]);
});

Deno.test("ScanStream() takes a line of 20 MB, and the scanner's memory does not stay that large", async () => {
  const line = `{"company":"a","x":"${"y".repeat(20_000_000)}","title":"b"}\n`;
  const now = { ...options, maxLineBytes: 64 * 1024 ** 2, windowBytes: 1024 ** 2 };
  const counts = new ObjectCounts();
  const own = new LineScanner({ recipe });
  const chunks = [encoder.encode(line), encoder.encode('{"company":"a","title":"b"}\n')];
  const batches = await runStage<Uint8Array, Batch>(chunks, new ScanStream({ ...now, scanner: own, counts }));
  assertEquals(batches.map(({ text, keys }) => [text.length, keys]), [[line.length, ["1:ab"]], [28, [
    "1:ab",
  ]]]);
  assertEquals(own.memoryBytes < 8 * 1024 ** 2, true);
});
