import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { gzip } from "pako";
import { GroupTable } from "../../lib/report/group_table.ts";
import { ObjectRecords, type ObjectRecordsOptions } from "../../lib/report/object_records.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const encoder = new TextEncoder();
const bytesOf = (text: string) => encoder.encode(text);

interface Case extends Partial<ObjectRecordsOptions> {
  readonly by?: readonly string[];
  readonly field?: string;
  readonly readBytes?: number;
  readonly signal?: AbortSignal;
}

async function read(
  objects: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
  { by = ["company"], field = "seniority", readBytes, signal = new AbortController().signal, ...options }:
    Case = {},
): Promise<GroupTable> {
  const store = new MemoryStore({ readBytes });
  for (const [name, content] of Object.entries(objects)) {
    store.give(name, typeof content === "string" ? bytesOf(content) : content);
  }
  const source = new ObjectRecords({
    store,
    idleSeconds: 5,
    maxLineBytes: 2_000,
    maxExpansion: 200,
    ...options,
  });
  const table = new GroupTable(by);
  try {
    await source.readInto(table, { field, signal });
  } finally {
    await source.close();
  }
  return table;
}

const groupsOf = (table: GroupTable) =>
  Array.from({ length: table.size }, (_, i): [string, number[]] => [
    JSON.stringify(table.names(i).map((name) => name ?? null)),
    [...table.counts(i)],
  ]).sort(([a], [b]) => a < b ? -1 : 1);
const at = (...levels: number[]) =>
  [1, 2, 3, 4, 5, 6, 7].map((level) => levels.filter((l) => l === level).length);

Deno.test("ObjectRecords() reads CSV, by the names of its columns", async () => {
  const table = await read({
    "1.csv": 'company,title,seniority\r\n"a, b","x\ny",1\nc,z,\n,z,3\nc,z,high\ntoo,few\nc,"z",7\n\n',
    "2.csv.gz": gzip(bytesOf('seniority,"company"\n2,c\n')) as Uint8Array<ArrayBuffer>,
    "3.jsonl": '{"company":"c","seniority":4}\n',
  });
  assertEquals(groupsOf(table), [['["a, b"]', at(1)], ['["c"]', at(2, 4, 7)], ["[null]", at(3)]]);
  assertEquals([table.withoutLevel, table.otherLevel, table.unreadable], [1, 1, 1]);
  const spaced = await read({ "a.csv": "company;seniority\nc;5\n" }, { delimiter: ";" });
  assertEquals(groupsOf(spaced), [['["c"]', at(5)]]);
});

Deno.test("ObjectRecords() says which CSV object lacks a column", async () => {
  await assertRejects(
    () => read({ "a.csv": "firm,seniority\nc,5\n" }),
    Error,
    "a.csv: there is no column company; its columns are firm, seniority",
  );
});

Deno.test("ObjectRecords() reads plain and gzip objects, and no others", async () => {
  const table = await read({
    "1.jsonl": '{"company":"a","seniority":1}\n{"company":"ü","seniority":2}',
    "2.ndjson.gz": gzip(bytesOf('{"company":"a","seniority":7}\r\n\n')) as Uint8Array<ArrayBuffer>,
    "deep/3.jsonl": '\ufeff{"company":"ü","seniority":3}\n',
    "_rejects/1.jsonl": '{"company":"no","seniority":1}\n',
    "readme.txt": '{"company":"no","seniority":1}\n',
  });
  assertEquals(groupsOf(table), [['["a"]', at(1, 7)], ['["ü"]', at(2, 3)]]);
});

Deno.test("ObjectRecords() has many objects at once add up", async () => {
  const objects = Object.fromEntries(
    Array.from(
      { length: 50 },
      (_, i) => [`${i}.jsonl`, `{"company":"a","seniority":${i % 7 + 1}}\n`.repeat(i)],
    ),
  );
  const table = await read(objects, { readBytes: 100 });
  assertEquals(table.records, 49 * 50 / 2);
});

Deno.test("ObjectRecords() groups by several fields, by paths, and without the field", async () => {
  const table = await read({
    "1.jsonl": [
      { company: "a", location: { country: "CA" }, seniority: 1 },
      { company: "a", location: { country: "CA" }, seniority: 2 },
      { company: "a", location: "Wien", seniority: 3 },
      { company: null, "location.country": "FR", seniority: 4 },
    ].map((record) => `${JSON.stringify(record)}\n`).join(""),
  }, { by: ["company", "location.country"] });
  assertEquals(groupsOf(table), [['["a","CA"]', at(1, 2)], ['["a",null]', at(3)], ['[null,"FR"]', at(4)]]);
});

Deno.test("ObjectRecords() finds the level in the given field", async () => {
  const table = await read({ "1.jsonl": '{"company":"a","answer":{"level":4}}\n' }, {
    field: "answer.level",
  });
  assertEquals(groupsOf(table), [['["a"]', at(4)]]);
});

Deno.test("ObjectRecords() distinguishes long numbers", async () => {
  const line = (id: string) => `{"id":${id},"seniority":2}\n`;
  const table = await read(
    { "1.jsonl": line("12345678901234567001") + line("12345678901234567002") + line("7") },
    { by: ["id"] },
  );
  assertEquals(groupsOf(table).map(([name]) => name), [
    '["12345678901234567001"]',
    '["12345678901234567002"]',
    '["7"]',
  ]);
});

Deno.test("ObjectRecords() counts what it leaves out", async () => {
  const table = await read({
    "1.jsonl": [
      '{"company":"a","seniority":1}',
      "no json",
      "[1]",
      "3",
      "null",
      "",
      "  ",
      '{"company":"a"}',
      '{"company":"a","seniority":null}',
      '{"company":"a","seniority":9}',
      '{"company":"a","seniority":"3"}',
      `{"company":"${"x".repeat(3_000)}","seniority":1}`,
      `{"company":${"[".repeat(900)}${"]".repeat(900)},"seniority":1}`,
    ].join("\n"),
    "2.jsonl": new Uint8Array([0x22, 0xff, 0x22, 0x0a]),
  });
  assertEquals(table.size, 2);
  assertEquals([table.records, table.withoutLevel, table.otherLevel, table.unreadable], [2, 2, 2, 6]);
});

Deno.test("ObjectRecords() takes the objects that are selected", async () => {
  const line = (company: string) => `{"company":"${company}","seniority":1}\n`;
  const objects = {
    "1700000000-a.jsonl": line("a"),
    "1700000060-b.jsonl": line("b"),
    "1700000120-c.jsonl": line("c"),
  };
  const taken = async (options: Case) =>
    groupsOf(await read(objects, options)).map(([name]) => JSON.parse(name)[0]);
  assertEquals(await taken({ include: ["*-b.jsonl", "*-c.jsonl"] }), ["b", "c"]);
  assertEquals(await taken({ exclude: ["*-b.jsonl"] }), ["a", "c"]);
  assertEquals(await taken({ since: 1700000060, until: 1700000120 }), ["b"]);
});

Deno.test("ObjectRecords() says why there is nothing to report on", async () => {
  const refused = (objects: Record<string, string>, message: string, options: Case = {}) =>
    assertRejects(() => read(objects, options), Error, `Cannot report on memory:///: ${message}`);
  await refused({}, "there are no objects");
  await refused(
    { "a.txt": "" },
    "there are no record files: 1 skipped: a.txt (not a record file by its name",
  );
  await refused({ "a.jsonl": "{}\n" }, "there are no record files: 1 not selected by --include", {
    include: ["b*"],
  });
  await refused({ "a.jsonl": "\n\n" }, "its objects are empty");
  await refused({ "a.jsonl": "x\ny\n" }, "of 2 lines, none is a record: a JSON object, or a row of CSV");
  await refused(
    { "a.jsonl": '{}\n{"seniority":0}\nx\n' },
    "of 2 records, none has a level from 1 to 7 in the field",
  );
});

Deno.test("ObjectRecords() ends at an object that cannot be read, and names it", async () => {
  const whole = gzip(bytesOf('{"company":"a","seniority":7}\n'.repeat(100)));
  await assertRejects(
    () =>
      read({
        "1.jsonl": '{"company":"a","seniority":1}\n',
        "2.jsonl.gz": whole.slice(0, 40) as Uint8Array<ArrayBuffer>,
      }),
    Error,
    "Cannot read memory:///2.jsonl.gz: gzip ends in the middle of a member",
  );
});

Deno.test("ObjectRecords() ends when aborted", async () => {
  const stop = new AbortController();
  const reading = read({ "1.jsonl": '{"company":"a","seniority":1}\n'.repeat(10_000) }, {
    signal: stop.signal,
  });
  stop.abort(new Error("enough"));
  await assertRejects(() => reading, Error, "enough");
});
