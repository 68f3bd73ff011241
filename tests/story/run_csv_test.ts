import { gunzipSync, gzipSync } from "node:zlib";
import { assertEquals } from "@std/assert/mod.js";
import { fakeLevel, FakeModel } from "../fakes/model.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { sluice } from "./sluice_process.ts";

Deno.test("sluice run: CSV gets a column and keeps its quoting, plain and in gzip; what is no row is set aside; again for nothing", async () => {
  await using s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
  await using model = await FakeModel.start();
  const level = fakeLevel("Acme, Inc.", "Head of Data"), other = fakeLevel("Foo", "Intern");
  const table =
    '\ufeffid;company;title;note\r\n9007199254740993;"Acme, Inc.";Head of Data;"a ""quoted""\r\nline"\r\n' +
    "2;Foo;Intern;\r\n3;Foo\r\n\r\n";
  const output =
    `id;company;title;note;seniority\n9007199254740993;"Acme, Inc.";Head of Data;"a ""quoted""\r\nline";` +
    `${level}\n2;Foo;Intern;;${other}\n`;
  s3.put("raw", "in/a.csv", table);
  s3.put("raw", "in/b.csv.gz", gzipSync(table));
  s3.put("raw", "in/c.jsonl", '{"company":"Foo","title":"Intern"}\n');
  const folder = await Deno.makeTempDir();
  const run = () =>
    sluice([
      ...[
        "run",
        "--from",
        "s3://raw/in/",
        "--to",
        "s3://mod/out/",
        "--model",
        model.url,
        "--quiet",
        "--json",
      ],
      ...[
        "--cache",
        `sqlite:${folder}/cache.db`,
        "--ledger",
        `${folder}/ledger.db`,
        "--csv-delimiter",
        "semicolon",
      ],
    ], {
      env: s3.environment,
    });
  try {
    const { status, stdout, stderr } = await run();
    assertEquals([status, stderr], [3, ""]);
    assertEquals(JSON.parse(stdout).records, { in: 9, out: 5, rejected: 2, blank: 2 });
    assertEquals(await s3.text("mod", "out/a.csv"), output);
    assertEquals(gunzipSync(await s3.bytes("mod", "out/b.csv.gz")).toString(), output);
    assertEquals(s3.object("mod", "out/a.csv")!.headers["content-type"], "text/csv");
    assertEquals(
      await s3.text("mod", "out/c.jsonl"),
      `{"company":"Foo","title":"Intern","seniority":${other}}\n`,
    );
    assertEquals(
      await s3.text("mod", "out/_rejects/a.csv"),
      '{"object":"s3://raw/in/a.csv","line":5,"reason":"ragged_row","text":"3;Foo"}\n',
    );
    assertEquals(model.stats(), { calls: 1, questions: 2, keys: 2, keysAskedTwice: 0, largestBatch: 2 });
    const again = await run();
    assertEquals([again.status, JSON.parse(again.stdout).objects.skipped], [0, 3]);
    assertEquals(model.stats().calls, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
