/** Objects that hold something else than lines of records: these are read, or fail with what they look like. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import {
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { FakeModel } from "../fakes/model.ts";
import { problemOf, Serving } from "../service/serving.ts";
import { record, Scene } from "../errors/scene.ts";

const encoder = new TextEncoder();
const titles = ["CEO", "Intern", "Chief Tea Officer ☕"];
const lines = titles.map(record).join("");
const array = JSON.stringify(titles.map((title) => ({ id: 12, company: "Acme", title })), null, 2);

function utf16(text: string, isLittle: boolean, hasMark = true): Uint8Array {
  const units = hasMark ? `\ufeff${text}` : text;
  const bytes = new DataView(new ArrayBuffer(2 * units.length));
  for (let i = 0; i < units.length; i++) bytes.setUint16(2 * i, units.charCodeAt(i), isLittle);
  return new Uint8Array(bytes.buffer);
}

const parquet = Uint8Array.of(...encoder.encode("PAR1"), 0x15, 0, 0x15, 0x20, ...encoder.encode("\nPAR1"));
const zip = Uint8Array.of(...encoder.encode("PK"), 3, 4, 20, 0, 8, 0, ...encoder.encode("a.jsonl\n"));

/** What is no lines of records, and what is said of it. */
const others: Readonly<Record<string, readonly [name: string, content: string | Uint8Array, said: string]>> =
  {
    "records without line breaks": [
      "x.json",
      lines.replaceAll("\n", ""),
      "it looks like records without line breaks between them: put each record on one line",
    ],
    "gzip within gzip": [
      "x.jsonl.gz",
      gzipSync(gzipSync(lines)),
      "it looks like gzip within another compression",
    ],
    "gzip within zstd": ["x.jsonl.zst", zstdCompressSync(gzipSync(lines)), "gzip within another compression"],
    zlib: [
      "x.jsonl",
      deflateSync(lines.repeat(20)),
      "it looks like a zlib stream: compress it with gzip or zstd",
    ],
    zip: ["x.jsonl", zip, "it looks like a zip archive or an Excel workbook"],
    "a workbook": ["x.csv", zip, "it looks like a zip archive or an Excel workbook"],
    Parquet: ["x.jsonl", parquet, "it looks like Parquet: convert it to JSON lines or CSV"],
    Avro: ["x.jsonl", encoder.encode("Obj\x01\x04\x14avro.codec"), "it looks like Avro"],
    "UTF-16 without a mark": ["x.jsonl", utf16(lines, true, false), "UTF-16 without a byte-order mark"],
    "pretty-printed JSON": [
      "x.jsonl",
      '{\n  "company": "Acme",\n  "title": "CEO"\n}\n',
      "put each record on one line",
    ],
    HTML: ["x.jsonl", "<!DOCTYPE html>\n<title>Log in</title>\n", "it looks like HTML or XML"],
    "HTML as CSV": ["x.csv", "<!DOCTYPE html>\n<title>Log in</title>\n", "it looks like HTML or XML"],
    "CSV as JSON lines": ["x.jsonl", "company,title\nAcme,CEO\n", "it looks like CSV: --format csv reads it"],
    "JSON lines as CSV": ["x.csv", lines, "it looks like JSON lines: --format jsonl reads them"],
    "an array as CSV": ["x.csv", array, "it looks like a JSON array"],
    "an array of other things": ["x.jsonl", "[1, 2,\n3]\n", "it looks like a JSON array"],
    "one bad line": ["x.jsonl", "no json\n", "its only record is a reject (1 invalid_json)"],
    "three bad lines": ["x.jsonl", "no json\n".repeat(3), "3 of 3 records are rejects (3 invalid_json)"],
    "rows that are all ragged": [
      "x.csv",
      "company,title\nAcme\nBolt\n",
      "2 of 2 records are rejects (2 ragged_row)",
    ],
  };
for (const [what, [name, content, said]] of Object.entries(others)) {
  Deno.test(`sluice run and estimate fail an object of ${what}, and say what it looks like`, async () => {
    await using scene = await Scene.create();
    scene.write(`in/${name}`, content);
    for (const _ of ["first", "again"]) {
      const { status, text } = await scene.run();
      assertEquals(status, 1);
      assertStringIncludes(text, `in/${name}`);
      assertStringIncludes(text, said);
    }
    const left = [...Deno.readDirSync(`${scene.folder}/out`)].map(({ name }) => name).toSorted();
    assertEquals(left.filter((name) => !name.startsWith(".")), ["a.jsonl"]);
    const estimate = await scene.figures(["estimate", "--from", `${scene.folder}/in`, "--cache", "none:"]);
    assertEquals([estimate.status, estimate.figures.objects.failed], [1, 1]);
    assertStringIncludes(estimate.text, said);
  });
}

Deno.test("sluice run --max-rejects 100% lets an object pass that has nothing but rejects", async () => {
  await using scene = await Scene.create();
  scene.write("in/x.jsonl", "no json\n".repeat(200));
  scene.write("in/y.csv", "company,title\nAcme\n");
  assertEquals((await scene.run({ "max-rejects": "100%" })).status, 3);
  assertEquals(await Deno.readTextFile(`${scene.folder}/out/x.jsonl`), "");
  assertEquals(await Deno.readTextFile(`${scene.folder}/out/y.csv`), "company,title,seniority\n");
});

Deno.test("sluice run calls objects done that hold nothing, or blank lines only", async () => {
  await using scene = await Scene.create();
  const contents = {
    "a.jsonl": "",
    "b.jsonl": "\n\r\n",
    "c.csv": "company,title\n",
    "d.csv": "",
    "e.jsonl": "[]",
  };
  for (const [name, content] of Object.entries(contents)) scene.write(`in/${name}`, content);
  assertEquals(await scene.run(), { status: 0, text: "" });
});

Deno.test("sluice run reads a JSON array of records, each element one line", async () => {
  await using scene = await Scene.create();
  const elements = [
    '{"company": "Acme",\n\t"title": "CE\\nO", "id": 12345678901234567890}',
    '{"title":"Intern","company":"B"}',
  ];
  scene.write("in/x.jsonl", `\ufeff[\r\n  ${elements.join(" ,\r\n  ")}\n]\n`);
  scene.write("in/y.json", JSON.stringify([{ company: "Acme", title: "CEO" }, { company: "B", title: 7 }]));
  scene.write("in/z.jsonl", `${array}\n${array}\n${lines}`);
  assertEquals((await scene.run()).status, 3);
  const read = (name: string) => Deno.readTextFileSync(`${scene.folder}/out/${name}`);
  assertMatch(
    read("x.jsonl"),
    /^\{"company": "Acme", \t"title": "CE\\nO", "id": 12345678901234567890,"seniority":\d\}\n\{"title":"Intern","company":"B","seniority":1\}\n$/,
  );
  assertEquals(read("y.json"), '{"company":"Acme","title":"CEO","seniority":7}\n');
  const [reject] = read("_rejects/y.json").trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals([reject.line, reject.text], [2, '{"company":"B","title":7}']);
  assertEquals(read("z.jsonl").split("\n").length - 1, 9);
});

Deno.test("sluice run fails a JSON array that is cut short", async () => {
  await using scene = await Scene.create();
  scene.write("in/x.jsonl", array.slice(0, -3));
  const { status, text } = await scene.run();
  assertEquals(status, 1);
  assertStringIncludes(text, "its JSON array is not closed: it ends after 2 elements");
});

Deno.test("sluice run holds no more of a JSON array than of lines", async () => {
  await using scene = await Scene.create();
  const element = JSON.stringify({ company: "Acme", title: "CEO", text: "x".repeat(1_000) });
  scene.write("in/x.jsonl", `[${new Array(20_000).fill(element).join(",")}]`);
  const { figures, status } = await scene.figures([
    ...["run", "--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--model", "reference:"],
    ...["--cache", "none:", "--ledger", `${scene.folder}/l.db`, "--max-line-bytes", "4KiB"],
  ]);
  assertEquals([status, figures.records.in, figures.records.rejected], [0, 20_001, 0]);
});

for (const [name, isLittle] of [["UTF-16LE", true], ["UTF-16BE", false]] as const) {
  Deno.test(`sluice run reads ${name} with a byte-order mark, and writes UTF-8`, async () => {
    await using scene = await Scene.create();
    scene.write("in/x.jsonl", utf16(lines, isLittle));
    scene.write("in/y.csv", utf16("company;title\r\nAcme;Chief Tea Officer ☕\r\n", isLittle));
    scene.write("in/z.jsonl.gz", gzipSync(utf16(array, isLittle)));
    assertEquals(await scene.run({ "csv-delimiter": "semicolon" }), { status: 0, text: "" });
    const read = (name: string) => Deno.readFileSync(`${scene.folder}/out/${name}`);
    const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    assert(text(read("x.jsonl")).includes("Chief Tea Officer ☕"));
    assert(/^company;title;seniority\nAcme;Chief Tea Officer ☕;\d\n$/.test(text(read("y.csv"))));
    assertEquals(text(gunzipSync(read("z.jsonl.gz"))).split("\n").length - 1, 3);
  });
}

Deno.test("sluice run reads zstd of several frames, and writes zstd", async () => {
  await using scene = await Scene.create();
  const skippable = Uint8Array.of(0x51, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9);
  const frames = titles.map((title) => zstdCompressSync(record(title)));
  scene.write("in/x.jsonl.zst", new Uint8Array(Buffer.concat([skippable, ...frames])));
  scene.write("in/y.jsonl", zstdCompressSync(lines));
  assertEquals(await scene.run(), { status: 0, text: "" });
  for (const name of ["x.jsonl.zst", "y.jsonl"]) {
    const out = new TextDecoder().decode(
      zstdDecompressSync(Deno.readFileSync(`${scene.folder}/out/${name}`)),
    );
    assertEquals(out.split("\n").length - 1, 3);
  }
  const args = ["report", "--from", `${scene.folder}/out`, "--by", "company", "--format", "csv"];
  assertMatch((await scene.streams(args)).stdout, /Acme"?,7,/);
});

Deno.test("sluice run fails zstd that is cut short, damaged, or expands too far", async () => {
  await using scene = await Scene.create();
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  const whole = new Uint8Array(zstdCompressSync(lines, { params }));
  const damaged = whole.slice();
  damaged[20]! ^= 0xff;
  scene.write("in/b.jsonl", whole.slice(0, -4));
  scene.write("in/c.jsonl", damaged);
  scene.write("in/d.jsonl", Uint8Array.of(...whole, ...encoder.encode("junk")));
  scene.write("in/e.jsonl", zstdCompressSync(new Uint8Array(64 * 1024 ** 2)));
  const { status, text } = await scene.run();
  assertEquals(status, 1);
  assertStringIncludes(text, "b.jsonl: zstd ends in the middle of a frame, after");
  assertStringIncludes(text, "c.jsonl: corrupt zstd");
  assertStringIncludes(text, `d.jsonl: corrupt zstd at byte ${whole.length}: no frame begins there`);
  assertStringIncludes(text, "e.jsonl: zstd expands to more than 200 times its size (maxExpansion)");
});

Deno.test("POST /v1/records and /v1/menus refuse a body without a usable record, and say what it looks like", async () => {
  await using scene = await Scene.create();
  const terms = scene.write("terms.csv", "TermId,Term\n1,Pepsi\n");
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url, flags: { terms } });
  const pretty = await problemOf(await serving.records('{\n"company":"Acme",\n"title":"CEO"}\n'));
  assertEquals(pretty.status, 400);
  assertStringIncludes(pretty.detail, "3 of 3 records are rejects");
  assertStringIncludes(pretty.detail, "it looks like JSON over several lines: put each record on one line");
  const ragged = await problemOf(await serving.records("company,title\nAcme\n", { type: "text/csv" }));
  assertEquals(ragged.status, 400);
  const menus = {
    method: "POST",
    headers: { "content-type": "text/csv" },
    body: "MenuId,ProductName,ProductDescription\n1\n",
  };
  const menu = await problemOf(await serving.fetch("/v1/menus", menus));
  assertEquals([menu.status, menu.detail.includes("its only record is a reject")], [400, true]);
  const read = await (await serving.records(utf16(array, true) as Uint8Array<ArrayBuffer>)).text();
  assertEquals(JSON.parse(read.trimEnd().split("\n").at(-1)!).sluice.out, 3);
});

Deno.test("sluice serve --max-rejects 100% answers a body without a usable record", async () => {
  await using serving = await Serving.start({ flags: { "max-rejects": "100%" } });
  const response = await serving.records("no json\n");
  assertEquals([response.status, JSON.parse(await response.text()).sluice.rejected], [200, 1]);
});

Deno.test("sluice match fails a file of menus without a usable row, and terms that are something else", async () => {
  await using scene = await Scene.create();
  const { folder } = scene;
  const match = (menus: string, terms: string) =>
    scene.sluice([
      "match",
      "--from",
      `${folder}/${menus}`,
      "--terms",
      `${folder}/${terms}`,
      "--to",
      `${folder}/o.csv`,
    ]);
  scene.write("menus.csv", "MenuId,ProductName,ProductDescription\n1\n2\n");
  scene.write("zipped.csv", zip);
  scene.write("terms.csv", "TermId,Term\n1,Pepsi\n");
  const ragged = await match("menus.csv", "terms.csv");
  assertEquals(ragged.status, 1);
  assertStringIncludes(ragged.text, "2 of 2 records are rejects (2 ragged_row)");
  const terms = await match("menus.csv", "zipped.csv");
  assertEquals(terms.status, 1);
  assertStringIncludes(terms.text, "it looks like a zip archive or an Excel workbook");
});
