import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import fc from "fast-check";
import { type Batch, ObjectCounts } from "../../../lib/records/batch.ts";
import { type CsvDelimiter, csvDelimiters } from "../../../lib/records/csv/csv_delimiters.ts";
import { decodeKey } from "../../../lib/recipe/key.ts";
import { CsvStream, type CsvStreamOptions } from "../../../lib/records/stages/csv.ts";
import { EncodeCsvStream } from "../../../lib/records/stages/encode_csv.ts";
import { numRuns } from "../../property_runs.ts";
import { cutAt, runStage } from "./run_stage.ts";
import { testRecipe } from "../../fakes/recipe.ts";

const recipe = { ...testRecipe, outputField: "level" };
const options: Omit<CsvStreamOptions, "counts"> = {
  recipe,
  maxLineBytes: 100_000,
  windowRecords: 4,
  windowBytes: 1_000_000,
  maxKeyBytes: 1_000,
};

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const answerOf = (company: string, title: string) => (company.length * 31 + title.length * 7) % 120;

/** Answers by what the key is. */
const answering = () =>
  new TransformStream<Batch, Batch>({
    transform(batch, controller) {
      batch.keys.forEach((key, i) => {
        const { company, title } = decodeKey(key);
        batch.answers[i] = answerOf(company, title);
      });
      controller.enqueue(batch);
    },
  });

/** Takes chunks all the way; says what batches are made of, in types that do not depend on the way here. */
async function run(
  chunks: readonly (string | Uint8Array)[],
  changes: Partial<Omit<CsvStreamOptions, "counts">> = {},
) {
  const counts = new ObjectCounts();
  const batches: {
    rows: string[];
    keys: string[];
    keyOf: number[];
    lines: number[];
    rejects: { line: number; reason: string; text: string; bytes: number }[];
    bytes: number;
  }[] = [];
  const watch = new TransformStream<Batch, Batch>({
    transform(batch, controller) {
      const { text, ends, keys, keyOf, lineNumbers, rejects, bytes } = batch;
      batches.push({
        rows: Array.from(
          ends,
          (end, i) => latin1.decode(text.subarray(i === 0 ? 0 : ends[i - 1]! + 1, end)),
        ),
        keys,
        keyOf: Array.from(keyOf),
        lines: [...lineNumbers],
        rejects: rejects.map((reject) => ({ ...reject, text: latin1.decode(reject.text as Uint8Array) })),
        bytes,
      });
      controller.enqueue(batch);
    },
  });
  const output = await runStage<Uint8Array, Uint8Array>(
    chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk),
    new CsvStream({ ...options, ...changes, counts }),
    watch,
    answering(),
    new EncodeCsvStream({ counts }),
  );
  assertEquals(counts.in, counts.out + counts.rejected + counts.blank);
  const { in: read, out, rejected, blank } = counts;
  return {
    output: output.map((chunk) => decoder.decode(chunk)).join(""),
    counts: { in: read, out, rejected, blank },
    reasons: { ...counts.reasons },
    rejects: batches.flatMap(({ rejects }) => rejects),
    batches,
  };
}

const header = "id,company,title\n";

Deno.test("CsvStream() makes records of rows, and keeps them as they are written", async () => {
  const text = `${header}1,Acme,"Senior ""E""\r\nLead"\r\n02, "x ,y\n"3","Acme",Boss`;
  const { output, counts, batches } = await run([text.replace('02, "x ,y\n', " 02 ,ü ,\n")]);
  assertEquals(
    output,
    `id,company,title,level\n1,Acme,"Senior ""E""\r\nLead",${answerOf("Acme", 'Senior "E"\r\nLead')}\n` +
      ` 02 ,ü ,,${answerOf("ü ", "")}\n"3","Acme",Boss,${answerOf("Acme", "Boss")}\n`,
  );
  assertEquals(counts, { in: 3, out: 3, rejected: 0, blank: 0 });
  assertEquals(batches.map(({ keys, lines }) => ({ keys, lines })), [
    { keys: ['4:AcmeSenior "E"\r\nLead', "2:ü ", "4:AcmeBoss"], lines: [2, 4, 5] },
  ]);
});

Deno.test("CsvStream() makes nothing of an empty object, and of one with a byte-order mark only", async () => {
  for (const chunks of [[], [""], ["\ufeff"]]) {
    const { output, counts, batches } = await run(chunks);
    assertEquals({ output, counts, batches }, {
      output: "",
      counts: { in: 0, out: 0, rejected: 0, blank: 0 },
      batches: [],
    });
  }
  assertEquals((await run(["\n\r\n"])).counts, { in: 2, out: 0, rejected: 0, blank: 2 });
});

Deno.test("CsvStream() lets a header row out that has no records", async () => {
  for (const text of ["company,title", "company,title\n", "company,title\r\n"]) {
    const { output, counts } = await run([text]);
    assertEquals(output, "company,title,level\n");
    assertEquals(counts, { in: 0, out: 0, rejected: 0, blank: 0 });
  }
});

Deno.test("CsvStream() takes one row, with a newline and without", async () => {
  for (const end of ["", "\n", "\r", "\r\n"]) {
    assertEquals((await run([`title,company\nb,a${end}`])).output, "title,company,level\nb,a,38\n");
  }
});

for (const [rows, sizes] of [[3, [3]], [4, [4]], [5, [4, 1]], [8, [4, 4]]] as const) {
  Deno.test(`CsvStream() gathers ${rows} rows by windowRecords`, async () => {
    const { batches } = await run([header + Array.from({ length: rows }, (_, i) => `${i},a,b\n`).join("")]);
    assertEquals(batches.map(({ rows }) => rows.length), [...sizes]);
  });
}

Deno.test("CsvStream() counts blank lines and rejects into a window", async () => {
  const { batches } = await run([`${header}1,a,b\n\nx\n2,a,b\n3,a,b\n`]);
  assertEquals(batches.map(({ lines }) => lines), [[2, 5], [6]]);
});

Deno.test("CsvStream() ends windows by bytes", async () => {
  const { batches } = await run([`company,title\na,1\na,2\na,3\naaaaaaaa,4\na,5\n`], { windowBytes: 8 });
  assertEquals(batches.map(({ rows }) => rows), [["a,1", "a,2"], ["a,3", "aaaaaaaa,4"], ["a,5"]]);
});

Deno.test("CsvStream() gives equal keys of a window one slot, however they are written", async () => {
  const { batches } = await run([`${header}1,a,b\n2,"a","b"\n3,b,b\n4,a,"b"\n5,a,b\n`]);
  assertEquals(batches.map(({ keys, keyOf }) => ({ keys, keyOf })), [
    { keys: ["1:ab", "1:bb"], keyOf: [0, 0, 1, 0] },
    { keys: ["1:ab"], keyOf: [0] },
  ]);
});

Deno.test("CsvStream() compares keys as the recipe says", async () => {
  const { batches } = await run([`${header}1,ACME ,b\n2,acme,B\n`], {
    recipe: { ...recipe, normalize: "fold" },
  });
  assertEquals(batches.map(({ keys, keyOf }) => ({ keys, keyOf })), [{ keys: ["4:acmeb"], keyOf: [0, 0] }]);
  const titles = await run([`${header}1,Acme,"Sr. Welder - Austin, TX"\n2,ACME,Senior Welder (m/f/x)\n`], {
    recipe: { ...recipe, normalize: "titles" },
  });
  assertEquals(titles.batches.map(({ keys, keyOf }) => ({ keys, keyOf })), [
    { keys: ["4:acmesenior welder"], keyOf: [0, 0] },
  ]);
});

Deno.test("CsvStream() drops a byte-order mark at the start, and no other", async () => {
  const text = '\ufeff"company",title\n\ufeffa,b\n';
  for (const chunks of [[text], Array.from(encoder.encode(text), (byte) => Uint8Array.of(byte))]) {
    assertEquals(
      (await run(chunks)).output,
      `"company",title,level\n\ufeffa,b,${answerOf("\ufeffa", "b")}\n`,
    );
  }
});

Deno.test("CsvStream() counts empty lines outside quotes as blank", async () => {
  const { output, counts, rejects, batches } = await run([
    '\n\r\ncompany,title\n\n"a\n\n",b\n\r\nc,d\n\n',
  ], { windowRecords: 100 });
  assertEquals(output, 'company,title,level\n"a\n\n",b,100\nc,d,38\n');
  assertEquals(counts, { in: 7, out: 2, rejected: 0, blank: 5 });
  assertEquals({ rejects, lines: batches.map(({ lines }) => lines) }, { rejects: [], lines: [[5, 9]] });
});

Deno.test("CsvStream() rejects rows with more or fewer fields than the header", async () => {
  const { output, reasons, rejects } = await run([`${header}1,a\n2,a,b\n3,a,b,\r\n \n"4\n,",a,b,c\n`]);
  assertEquals(output, "id,company,title,level\n2,a,b,38\n");
  assertEquals(reasons, { ragged_row: 4, invalid_csv: 1 });
  assertEquals(rejects, [
    { line: 2, reason: "ragged_row", text: "1,a", bytes: 3 },
    { line: 4, reason: "ragged_row", text: "3,a,b,", bytes: 6 },
    { line: 5, reason: "ragged_row", text: " ", bytes: 1 },
    { line: 6, reason: "ragged_row", text: '"4', bytes: 2 },
    { line: 7, reason: "invalid_csv", text: ',",a,b,c', bytes: 8 },
  ]);
});

Deno.test("CsvStream() rejects rows with stray quotes, each up to the end of its line", async () => {
  const stray = ['1,a"b,c', '2,"a"b,c', '3,"a" ,c', '4, "a",c', '5,"a""b"c",d', '6,"a"\0,b', '7,"a"\r,b'];
  const good = '0,"a","b"';
  const { output, reasons, rejects } = await run([
    header + stray.map((row) => `${good}\n${row}\n`).join("") + `${good}\n`,
  ]);
  assertEquals(output, `id,company,title,level\n${`${good},38\n`.repeat(stray.length + 1)}`);
  assertEquals(reasons, { invalid_csv: stray.length });
  assertEquals(
    rejects,
    stray.map((text, i) => ({ line: 3 + 2 * i, reason: "invalid_csv", text, bytes: text.length })),
  );
});

Deno.test("CsvStream() rejects the first line of what a stray quote comes behind, and continues after it", async () => {
  const { output, rejects } = await run([`${header}1,"a,b\n2,"c",d\n3,e,f\n`]);
  assertEquals(output, 'id,company,title,level\n2,"c",d,38\n3,e,f,38\n');
  assertEquals(rejects, [{ line: 2, reason: "invalid_csv", text: '1,"a,b', bytes: 6 }]);
});

Deno.test("CsvStream() rejects the line of a quote that does not close, and continues after it", async () => {
  for (const end of ["", "\n", "\r\n"]) {
    const { output, rejects } = await run([`${header}1,a,b\n2,"a,b\r\n3,c,d\n\n4,c${end}`]);
    assertEquals(output, "id,company,title,level\n1,a,b,38\n3,c,d,38\n");
    assertEquals(rejects, [
      { line: 3, reason: "invalid_csv", text: '2,"a,b', bytes: 6 },
      { line: 6, reason: "ragged_row", text: "4,c", bytes: 3 },
    ]);
  }
  for (const end of ["", "\n", "\r\n"]) {
    const { rejects, counts } = await run([`${header}1,a,"b${end}`]);
    assertEquals(rejects, [{ line: 2, reason: "invalid_csv", text: '1,a,"b', bytes: 6 }]);
    assertEquals(counts, { in: 1, out: 0, rejected: 1, blank: 0 });
  }
});

Deno.test("CsvStream() rejects rows over maxLineBytes, their line ends not counted", async () => {
  const maxLineBytes = 20;
  const full = `1,a,${"b".repeat(16)}`, long = `2,a,${"b".repeat(17)}`;
  for (const newline of ["\n", "\r\n"]) {
    const { output, rejects } = await run([[header.trim(), full, long, full, long].join(newline)], {
      maxLineBytes,
    });
    const answer = answerOf("a", "b".repeat(16));
    assertEquals(output, `id,company,title,level\n${`${full},${answer}\n`.repeat(2)}`);
    assertEquals(rejects, [3, 5].map((line) => ({ line, reason: "line_too_long", text: long, bytes: 21 })));
  }
});

Deno.test("CsvStream() rejects the first line of a record that is too long, and continues after it", async () => {
  const text = `${header}1,a,"b\n2,a,b\n3,a,b\n4,a,b\n5,a,b\n6,a,b\n7,"a",b\n`;
  const { output, rejects } = await run([text], { maxLineBytes: 25 });
  assertEquals(
    output,
    `id,company,title,level\n${[2, 3, 4, 5, 6].map((id) => `${id},a,b,38\n`).join("")}7,"a",b,38\n`,
  );
  assertEquals(rejects, [{ line: 2, reason: "line_too_long", text: '1,a,"b', bytes: 6 }]);
});

Deno.test("CsvStream() holds no more than maxLineBytes for a quote that does not close", async () => {
  const rows = 60_000;
  let isOpen = true, given = 0, longestBatch = 0;
  async function* chunks() {
    yield encoder.encode(`${header}0,a,"b\n`);
    for (; given < rows; given += 1_000) {
      if (given === 30_000) assert(!isOpen, "rows came out before the end");
      yield encoder.encode("1,a,b\n".repeat(1_000));
      await Promise.resolve();
    }
  }
  const counts = new ObjectCounts();
  const batches = ReadableStream.from(chunks()).pipeThrough(new CsvStream({ ...options, counts }));
  for await (const { ends, bytes } of batches) {
    if (ends.length > 0) isOpen = false;
    longestBatch = Math.max(longestBatch, bytes);
  }
  assertEquals([counts.in, counts.rejected, counts.reasons], [rows + 1, 1, { line_too_long: 1 }]);
  assertEquals(longestBatch < 100, true);
});

Deno.test("CsvStream() keeps the first 64 KiB of a long line, in any chunks, and not its line end", async () => {
  const long = `1,a,"${"0123456789".repeat(8_000)}`;
  const text = encoder.encode(`${header}${long}\r\n2,a,b\n`);
  for (const maxLineBytes of [1_500, 66_000]) {
    for (const size of [1_000, 65_535, 65_536, header.length + long.length, 80_005, 80_100]) {
      const chunks = Array.from(
        { length: Math.ceil(text.length / size) },
        (_, i) => text.slice(i * size, i * size + size),
      );
      const { output, rejects } = await run(chunks, { maxLineBytes });
      assertEquals(output, "id,company,title,level\n2,a,b,38\n");
      assertEquals(rejects, [
        { line: 2, reason: "line_too_long", text: long.slice(0, 65_536), bytes: long.length },
      ]);
    }
  }
});

Deno.test("CsvStream() takes a long line at the very end", async () => {
  const long = `1,a,${"b".repeat(80_000)}`;
  for (const end of ["", "\r", "\r\n"]) {
    const { rejects } = await run([header, ...(long + end).match(/[^]{1,9999}/g)!], { maxLineBytes: 1_500 });
    assertEquals(rejects.map(({ line, bytes }) => ({ line, bytes })), [{ line: 2, bytes: long.length }]);
  }
});

Deno.test("CsvStream() takes a row of 20 MB, with newlines in it", async () => {
  const row = `1,a,"${"x\n".repeat(10_000_000)}"`;
  const bytes = encoder.encode(`${header}${row}\n2,a,b\n`);
  const chunks = Array.from(
    { length: Math.ceil(bytes.length / 65_536) },
    (_, i) => bytes.slice(i * 65_536, (i + 1) * 65_536),
  );
  const counts = new ObjectCounts();
  const batches = await runStage<Uint8Array, Batch>(
    chunks,
    new CsvStream({
      ...options,
      maxLineBytes: 32 * 1024 ** 2,
      maxKeyBytes: 32 * 1024 ** 2,
      windowBytes: 1024 ** 2,
      counts,
    }),
  );
  assertEquals(batches.map(({ text }) => text.length), [row.length + 1, 6]);
  assertEquals(batches.map(({ lineNumbers }) => [...lineNumbers]), [[2], [10_000_003]]);
});

Deno.test("CsvStream() rejects rows that are not UTF-8", async () => {
  const bytes = Uint8Array.from(
    [...encoder.encode(`${header}1,a,b\n2,?,b\n3,"?"x,b\n4,ü,b\n`)].map((byte) =>
      byte === 0x3f ? 0xff : byte
    ),
  );
  const { output, rejects } = await run([bytes]);
  assertEquals(output, `id,company,title,level\n1,a,b,38\n4,ü,b,${answerOf("ü", "b")}\n`);
  assertEquals(rejects, [
    { line: 3, reason: "invalid_utf8", text: "2,ÿ,b", bytes: 5 },
    { line: 4, reason: "invalid_utf8", text: '3,"ÿ"x,b', bytes: 8 },
  ]);
});

Deno.test("CsvStream() rejects keys that are too large for a call", async () => {
  const { output, rejects } = await run([`${header}1,aaaa,bbb\n2,aaaa,bbbb\n3,ää,bbb\n4,ää,bbbb\n`], {
    maxKeyBytes: 9,
  });
  assertEquals(output.split("\n").map((row) => row[0]), ["i", "1", "3", undefined]);
  assertEquals(rejects.map(({ line, reason }) => [line, reason]), [[3, "invalid_key"], [5, "invalid_key"]]);
});

Deno.test("CsvStream() replaces the output column's value, however it is written", async () => {
  const { output } = await run(['company,"level",title\na,5,b\na,,b\na,"x,\n""y",b\n"a",  z ,"b"\n']);
  assertEquals(output, 'company,"level",title\na,38,b\na,38,b\na,38,b\n"a",38,"b"\n');
  assertEquals((await run(["level,company,title\n,a,b\n"])).output, "level,company,title\n38,a,b\n");
  assertEquals(
    (await run(['company,title,level\na,b,\na,b,""'])).output,
    "company,title,level\na,b,38\na,b,38\n",
  );
});

Deno.test("CsvStream() takes the last of key columns with one name, and replaces all output columns", async () => {
  const { output, batches } = await run(["level,company,title,company,level,x,x\n1,a,b,c,2,3,4\n"]);
  assertEquals(output, "level,company,title,company,level,x,x\n38,a,b,c,38,3,4\n");
  assertEquals(batches[0]?.keys, ["1:cb"]);
});

Deno.test("CsvStream() takes one column for both fields of the key", async () => {
  const { output, batches } = await run(["title\na\n\n"], { recipe: { ...recipe, companyField: "title" } });
  assertEquals(output, "title,level\na,38\n");
  assertEquals(batches[0]?.keys, ["1:aa"]);
});

Deno.test("CsvStream() keeps long numbers as they are written", async () => {
  const row = '12345678901234567890,1e400,"-0",007,a,b';
  assertEquals(
    (await run([`w,x,y,z,company,title\n${row}\n`])).output,
    `w,x,y,z,company,title,level\n${row},38\n`,
  );
});

for (
  const [outputField, delimiter, written] of [
    ["the level", ",", "the level"],
    ["a,b", ",", '"a,b"'],
    ["a,b", ";", "a,b"],
    ["a;b", ";", '"a;b"'],
    ['a"b', "\t", '"a""b"'],
    ["a\nb", "|", '"a\nb"'],
  ] as const
) {
  Deno.test(`CsvStream() names the new column ${JSON.stringify(written)} between ${delimiter}`, async () => {
    const { output } = await run([`company${delimiter}title\n`], {
      recipe: { ...recipe, outputField },
      delimiter,
    });
    assertEquals(output, `company${delimiter}title${delimiter}${written}\n`);
  });
}

for (
  const [text, message] of [
    [
      "id,title\n1,a\n",
      "Cannot read CSV: there is no column company; its columns are id, title: set --company-field",
    ],
    [
      "a,company;title\na;b\n",
      "Cannot read CSV: there is no column company and no column title; its columns are a, company;title: " +
      "--csv-delimiter semicolon separates them",
    ],
    [
      " Company,TITLE\na,b\n",
      "Cannot read CSV: there is no column company and no column title; its columns are  Company, TITLE: " +
      "--csv-header loose compares names without case and blanks around them",
    ],
    [
      "company,title\r,id\na,b,1\n",
      "Cannot read CSV: its header row holds a line end (CR) outside quotes, at byte 13, and other lines end in LF",
    ],
    [
      "sep=:\ncompany:title\n",
      'Cannot read CSV: its first line says that ":" separates fields, not one of "," ";" "\\t" "|"',
    ],
    [
      `title,${"x,".repeat(59)}y`,
      `Cannot read CSV: there is no column company; its columns are title${
        ", x".repeat(49)
      }, and 11 more: set --company-field`,
    ],
    ['company,ti"tle\na,b\n', "Cannot read CSV: its header row has a stray quote"],
    ['company,"title\na,b\n', "Cannot read CSV: its header row has a quote that does not close"],
    [
      `company,title,${"x".repeat(100_000)}`,
      "Cannot read CSV: its header row is longer than maxLineBytes, 100,000",
    ],
    [Uint8Array.of(0xff, 10), "Cannot read CSV: its header row is not UTF-8"],
  ] as const
) {
  Deno.test(`CsvStream() refuses the object: ${message.slice(0, 90)}`, async () => {
    const error = await assertRejects(() => run([text]), Error);
    assertEquals((error as Error).message, message);
  });
}

Deno.test("CsvStream() refuses options that make no sense", () => {
  const counts = new ObjectCounts();
  for (const name of ["windowRecords", "windowBytes"] as const) {
    assertThrows(
      () => new CsvStream({ ...options, counts, [name]: 0 }),
      SluiceError,
      `Cannot gather windows: ${name} is 0, not 1 or more`,
    );
  }
  assertThrows(
    () => new CsvStream({ ...options, counts, delimiter: '"' as CsvDelimiter }),
    SluiceError,
    'Cannot read CSV: delimiter is "\\"", not one of "," ";" "\\t" "|"',
  );
});

/** Reads valid CSV with LF between records, one byte after the other. */
function readCsv(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  const fields: string[] = [];
  let field = "", isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (isQuoted && char === '"' && text[i + 1] === '"') field += text[i++];
    else if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted || (char !== delimiter && char !== "\n")) field += char;
    else {
      fields.push(field);
      field = "";
      if (char === "\n") rows.push(fields.splice(0));
    }
  }
  assertEquals([isQuoted, field, fields], [false, "", []]);
  return rows;
}

const value = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "b",
    "Acme",
    "ü",
    "👔",
    " x ",
    "12345678901234567890",
    "1e400",
    '"',
    "\r\n",
    "\r",
    "\0",
  ),
  fc.array(fc.constantFrom("a", "ü", '"', '""', "\n", "\r\n", ",", ";", "\t", "|", " "), { maxLength: 5 })
    .map((parts) => parts.join("")),
  fc.string({ unit: "grapheme", maxLength: 6 }).filter((text) => !text.includes("\ufeff")),
);

interface Table {
  readonly delimiter: CsvDelimiter;
  readonly names: string[];
  readonly rows: string[][];
  /** In turn, whether a field is in quotes that need not be. */
  readonly quoting: boolean[];
  /** In turn, what ends a line. */
  readonly newlines: string[];
  readonly isClosed: boolean;
  readonly hasMark: boolean;
}

const table: fc.Arbitrary<Table> = fc.tuple(
  fc.array(fc.oneof(fc.constant("level"), fc.constant("x"), value), { maxLength: 3 }),
  fc.nat({ max: 4 }),
  fc.nat({ max: 4 }),
).map(([others, first, second]) =>
  others.filter((name) => name !== "company" && name !== "title")
    .toSpliced(first, 0, "company").toSpliced(second, 0, "title")
).chain((names) =>
  fc.record({
    delimiter: fc.constantFrom(...csvDelimiters),
    names: fc.constant(names),
    rows: fc.array(fc.array(value, { minLength: names.length, maxLength: names.length }), { maxLength: 12 }),
    quoting: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
    newlines: fc.array(fc.constantFrom("\n", "\n", "\r\n", "\n\n", "\r\n\r\n"), {
      minLength: 1,
      maxLength: 5,
    }),
    isClosed: fc.boolean(),
    hasMark: fc.boolean(),
  })
);

Deno.test("CsvStream() of any table in any chunks adds the answers, and changes nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.array(fc.nat({ max: 2_000 }), { maxLength: 8 }),
      fc.constantFrom(1, 2, 3, 1000),
      async (table, places, windowRecords) => {
        const { delimiter, names, rows, quoting, newlines } = table;
        let turn = 0;
        const write = (field: string) =>
          quoting[turn++ % quoting.length] ||
            ['"', "\n", "\r", delimiter].some((char) => field.includes(char))
            ? `"${field.replaceAll('"', '""')}"`
            : field;
        const written = [names, ...rows].map((row) => row.map(write));
        const answers = rows.map((row) =>
          String(answerOf(row[names.lastIndexOf("company")]!, row[names.lastIndexOf("title")]!))
        );
        const isNew = !names.includes("level");
        let text = table.hasMark ? "\ufeff" : "", blank = 0;
        written.forEach((fields, i) => {
          const newline = newlines[i % newlines.length]!;
          const isLast = i === written.length - 1;
          text += fields.join(delimiter) + (isLast && !table.isClosed ? "" : newline);
          if (newline.length > 1 && newline !== "\r\n" && !(isLast && !table.isClosed)) blank++;
        });
        const expected = written.map((fields, i) => {
          const answer = i === 0 ? "level" : answers[i - 1]!;
          if (isNew) return [...fields, answer];
          return i === 0 ? fields : fields.map((field, j) => names[j] === "level" ? answer : field);
        });

        const { output, counts, rejects } = await run(cutAt(encoder.encode(text), places), {
          delimiter,
          windowRecords,
        });
        assertEquals(output, expected.map((fields) => `${fields.join(delimiter)}\n`).join(""));
        assertEquals(rejects, []);
        assertEquals(counts, { in: rows.length + blank, out: rows.length, rejected: 0, blank });

        const read = readCsv(output, delimiter);
        const wanted = [names, ...rows].map((row, i) => {
          const answer = i === 0 ? "level" : answers[i - 1]!;
          return isNew ? [...row, answer] : row.map((field, j) => names[j] === "level" ? answer : field);
        });
        assertEquals(read, wanted);
      },
    ),
    { numRuns },
  );
});

Deno.test("CsvStream() makes the same of any bytes, in any chunks", async () => {
  const bytes = fc.array(
    fc.constantFrom<number[]>(
      [0x61],
      [0x62],
      [0x22],
      [0x22],
      [0x22, 0x22],
      [0x2c],
      [0x2c],
      [10],
      [10],
      [13, 10],
      [13],
      [
        0xff,
      ],
      [0xc3, 0xbc],
      [0],
    ),
    { maxLength: 80 },
  ).map((parts) => Uint8Array.from([...encoder.encode("company,title\n"), ...parts.flat()]));
  await fc.assert(
    fc.asyncProperty(
      bytes,
      fc.array(fc.nat({ max: 200 }), { maxLength: 8 }),
      fc.record({
        windowRecords: fc.constantFrom(1, 3, 1000),
        windowBytes: fc.constantFrom(10, 1000),
        maxLineBytes: fc.constantFrom(13, 20, 1000),
        maxKeyBytes: fc.constantFrom(5, 1000),
      }),
      async (bytes, places, changes) => {
        const whole = await run([bytes], changes);
        assertEquals(await run(cutAt(bytes, places), changes), whole);
        assertEquals(await run(Array.from(bytes, (byte) => Uint8Array.of(byte)), changes), whole);
        // What came out as rows is CSV that the reader above takes, one field longer.
        for (const fields of readCsv(whole.output, ",")) assertEquals(fields.length, 3);
      },
    ),
    { numRuns },
  );
});
