import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { Stop } from "../../../lib/cli/io.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { RedisServer } from "../../fakes/redis_server.ts";
import {
  allCommands,
  answered,
  call,
  encoder,
  hashOf,
  header,
  tempFolder,
  trusted,
} from "./cache_command_scene.ts";

Deno.test("sluice cache: every command, on SQLite", async () => {
  await using folder = await tempFolder();
  const cache = `sqlite:${folder.path}/cache.db`;
  await allCommands(cache, cache, 16);
});

Deno.test("sluice cache: every command, on the fake Redis and on a real one", async () => {
  {
    await using redis = new FakeRedis();
    await allCommands(redis.url, redis.url, 8);
  }
  await using redis = await startServer();
  if (redis !== undefined) await allCommands(redis.url, redis.url, 8);
});

Deno.test("sluice cache stats prints generations, buckets and the server's lookups", async () => {
  await using redis = new FakeRedis();
  await call(redis.url, ["import", "--ttl", "1d", ...trusted], { stdin: answered(10) });
  const { status, stdout, stderr } = await call(redis.url, ["stats", "--ttl", "1d"]);
  assertEquals([status, stderr], [0, ""]);
  const end = new Date((Math.floor(Date.now() / 86_400_000) + 2) * 86_400_000).toISOString();
  const buckets = /in (\d+) buckets/.exec(stdout)?.[1];
  assertEquals(
    stdout.replace(/[\d.,]+ bytes/, "N bytes"),
    `cache    ${redis.url}\n` +
      "recipe   model seniority 1, keys exact: namespace 3786f9a0b435e684\n" +
      "entries  10, N bytes each\n" +
      `         10 in ${buckets} buckets, expires at ${end}\n` +
      "server   hit rate of the whole server since its start: 75.0 % of 4 lookups; " +
      "a bucket that exists counts as a hit, whether it has the answer or not\n",
  );
  const { stdout: json } = await call(redis.url, ["stats", "--json"]);
  assertEquals(JSON.parse(json).server, { found: 3, missed: 1 });
});

Deno.test("sluice cache stats omits the server's lookups if it does not report them", async () => {
  await using redis = new FakeRedis();
  redis.failNext("INFO", "NOPERM no permission");
  const { status, stdout } = await call(redis.url, ["stats"]);
  assertEquals(status, 0);
  assertEquals(
    stdout,
    `cache    ${redis.url}\nrecipe   model seniority 1, keys exact: namespace 3786f9a0b435e684\nentries  0\n`,
  );
});

Deno.test("sluice cache takes the recipe from the settings: normalisation, model, environment, file", async () => {
  await using folder = await tempFolder();
  const cache = `sqlite:${folder.path}/cache.db`;
  const fold = ["--normalize", "fold"];
  await call(cache, ["set", "--company", " ACME  Inc.", "--title", "Chief", "--answer", "7", ...fold]);
  const get = ["get", "--company", "acme inc.", "--title", "CHIEF "];
  assertEquals((await call(cache, [...get, ...fold])).stdout, "7\n");
  assertEquals((await call(cache, get)).status, 1);

  const titles = ["--normalize", "titles"];
  assertEquals((await call(cache, [...get, ...titles])).status, 1);
  await call(cache, ["set", "--company", "Acme", "--title", "Sr. Welder", "--answer", "3", ...titles]);
  const welder = ["get", "--company", "acme", "--title", "Senior Welder (m/w/d)", ...titles];
  assertEquals((await call(cache, welder)).stdout, "3\n");

  const config = `${folder.path}/sluice.jsonc`;
  await Deno.writeTextFile(config, '{ "model": "reference:", "objects": 2, "ttl": "1d" }');
  const set = ["set", "--company", "a", "--title", "b", "--answer", "1", "--config", config];
  const { stderr } = await call(cache, set, { env: { SLUICE_MODEL_VERSION: "7", SLUICE_FROM: "in" } });
  assertEquals(stderr, `Stored 1 in ${cache}, model reference 7, keys exact; none was cached\n`);
  await Deno.writeTextFile(config, '{ "modell": "reference:" }');
  assertEquals(await call(cache, ["stats", "--config", config], { env: { SLUICE_CACHES: "x" } }), {
    status: 2,
    stdout: "",
    stderr: "sluice: Cannot use SLUICE_CACHES: there is no such setting; did you mean SLUICE_CACHE?\n" +
      `sluice: Cannot use "modell" of ${config} line 1: there is no such setting; did you mean model?\n`,
  });
});

Deno.test("sluice cache drop removes one version's answers, and wants it said on the command line", async () => {
  await using folder = await tempFolder();
  const cache = `sqlite:${folder.path}/cache.db`;
  for (const version of ["1", "2"]) {
    await call(cache, ["import", "--model-version", version, "--trust-model", `seniority:${version}`], {
      stdin: answered(9),
    });
  }
  const refused = await call(cache, ["drop", "--model-name", "seniority"], {
    env: { SLUICE_MODEL_VERSION: "1" },
  });
  assertEquals(refused, {
    status: 2,
    stdout: "",
    stderr: "sluice: Cannot start without --model-version: what is dropped is named on the command line, " +
      "whatever the environment and the file say\n",
  });
  assertEquals(
    (await call(cache, ["drop", "--model-version", "1", "--model-name", "other"])).stderr,
    `Removed 0 answers from ${cache}: model other 1, keys exact\n`,
  );
  assertEquals(
    (await call(cache, ["drop", "--model-version", "1"])).stderr,
    `Removed 9 answers from ${cache}: model seniority 1, keys exact\n`,
  );
  assertEquals(JSON.parse((await call(cache, ["stats", "--json"])).stdout).entries, 0);
  assertEquals(
    JSON.parse((await call(cache, ["stats", "--json", "--model-version", "2"])).stdout).entries,
    9,
  );
});

Deno.test("sluice cache export --keys takes the recipe's fields, and gzip, and writes each pair once", async () => {
  await using folder = await tempFolder();
  const cache = `sqlite:${folder.path}/cache.db`;
  await call(cache, ["set", "--company", "acme", "--title", "chief", "--answer", "7", "--normalize", "fold"]);
  const keys = `${folder.path}/records.jsonl.gz`;
  const text = '{"firm":"ACME","role":"Chief"}\r\n{"role":"chief","firm":"acme"}\r\n';
  const gzip = ReadableStream.from([encoder.encode(text)]).pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(keys, gzip);
  const fields = ["--company-field", "firm", "--title-field", "role", "--normalize", "fold"];
  assertEquals(await call(cache, ["export", "--keys", keys, ...fields]), {
    status: 0,
    stdout: header.replace("exact", "fold").replace("3786f9a0b435e684", "18d1198881c8d72e") +
      '{"company":"ACME","title":"Chief","answer":7}\n',
    stderr: `Wrote 1 answer from ${cache}; no answer for 0 pairs of ${keys}\n`,
  });
});

Deno.test("sluice cache moves answers between caches and layouts", async () => {
  await using folder = await tempFolder();
  await using redis = new FakeRedis();
  const sqlite = `sqlite:${folder.path}/cache.db`;
  const lines = answered(50);
  const keys = `${folder.path}/keys.jsonl`;
  await Deno.writeTextFile(keys, lines);
  await call(sqlite, ["import", keys, ...trusted]);
  const long = (await call(sqlite, ["export"])).stdout;
  for (const layout of ["buckets", "strings"]) {
    const flags = ["--cache-layout", layout];
    assertEquals((await call(redis.url, ["import", ...flags], { stdin: long })).status, 0);
    assertEquals((await call(redis.url, ["export", "--keys", keys, ...flags])).stdout, header + lines);
  }
  const short = (await call(redis.url, ["export"])).stdout;
  for (const [cache, flags] of [[sqlite, []], [redis.url, ["--cache-layout", "strings"]]] as const) {
    assertEquals(await call(cache, ["import", ...flags], { stdin: short }), {
      status: 1,
      stdout: "",
      stderr: `Stored 0 answers in ${cache}, model seniority 1, keys exact\n` +
        `sluice: Cannot import line 2 of standard input: its hash has 8 bytes, ${cache} uses hashes of 16; ` +
        "export with --keys, so that lines have company and title\n",
    });
  }
  assertEquals(
    (await call(redis.url, ["drop", "--model-version", "1"])).stderr,
    `Removed 100 answers from ${redis.url}: model seniority 1, keys exact\n`,
  );
});

Deno.test("sluice cache import ends at a line that it cannot use, and keeps what stands before it", async () => {
  await using folder = await tempFolder();
  const hash = hashOf("a", "b", 16);
  const range = "answer must be a whole number from 1 to 7, is";
  const needs = "it needs a hash, or company and title as texts;";
  const wrong: [line: string, message: string][] = [
    ["{", "it is not JSON"],
    ["[1]", "it is not a JSON object"],
    ["null", "it is not a JSON object"],
    [`{"hash":"${hash}"}`, `${range} missing`],
    [`{"hash":"${hash}","answer":8}`, `${range} 8`],
    [`{"hash":"${hash}","answer":2.5}`, `${range} 2.5`],
    [`{"hash":"${hash}","answer":"3"}`, `${range} "3"`],
    ['{"answer":3}', `${needs} company is missing`],
    ['{"company":"a","answer":3}', `${needs} title is missing`],
    ['{"company":null,"title":"b","answer":3}', `${needs} company is null`],
    ['{"company":"a","title":5,"answer":3}', `${needs} title is a number`],
    ['{"company":"a","title":"\\ud800","answer":3}', `${needs} title is not well-formed Unicode`],
    [`{"hash":"${hash}","title":"b","answer":3}`, "it has both a hash and company or title"],
    ['{"hash":7,"answer":3}', "hash must be 8 or 16 bytes in base64url"],
    ['{"hash":"a b","answer":3}', "hash must be 8 or 16 bytes in base64url"],
    ['{"hash":"AAAAA","answer":3}', "hash must be 8 or 16 bytes in base64url"],
    [`{"hash":"${hash}AAAA","answer":3}`, "hash must be 8 or 16 bytes in base64url"],
  ];
  const file = `${folder.path}/in.jsonl`;
  for (const [i, [line, message]] of wrong.entries()) {
    const cache = `sqlite:${folder.path}/${i}.db`;
    await Deno.writeTextFile(file, `${answered(1_003)}\n${line}\n${answered(1)}`);
    assertEquals(await call(cache, ["import", file, ...trusted]), {
      status: 1,
      stdout: "",
      stderr: `Stored 1,003 answers in ${cache}, model seniority 1, keys exact\n` +
        `sluice: Cannot import line 1005 of ${file}: ${message}\n`,
    });
    assertEquals((await call(cache, ["get", "--company", "c1002", "--title", "t1002"])).stdout, "2\n");
  }
  await Deno.writeFile(file, Uint8Array.of(0xff, 0x0a));
  const { stderr } = await call(`sqlite:${folder.path}/utf8.db`, ["import", file]);
  assertStringIncludes(stderr, `\nsluice: Cannot import line 1 of ${file}: it is not UTF-8\n`);
});

Deno.test("sluice cache import takes the last of several answers, and nothing at all", async () => {
  await using redis = new FakeRedis();
  for (const layout of ["buckets", "strings"]) {
    const flags = ["--cache-layout", layout];
    const stdin = [1, 2, 4].map((answer) => JSON.stringify({ company: "a", title: "b", answer })).join("\n");
    await call(redis.url, ["import", ...flags, ...trusted], { stdin });
    assertEquals((await call(redis.url, ["get", "--company", "a", "--title", "b", ...flags])).stdout, "4\n");
  }
  assertEquals((await call(redis.url, ["import"])).stderr.match(/^Stored 0 answers/)?.length, 1);
});

Deno.test("sluice cache says what it cannot use or find", async () => {
  await using folder = await tempFolder();
  const cache = `sqlite:${folder.path}/cache.db`;
  const needs = "an answer belongs to a company and a title";
  const question = ["--company", "a", "--title", "b"];
  const there = `${folder.path}/there.jsonl`;
  await Deno.writeTextFile(there, "{}\n");
  const wrong: [cache: string, args: string[], status: number, message: string][] = [
    [
      cache,
      ["get"],
      2,
      `Cannot start without --company: ${needs}\nsluice: Cannot start without --title: ${needs}`,
    ],
    [cache, ["set", ...question], 2, "Cannot start without --answer: a level from 1 to 7"],
    ...["0", "8", "2.5", "senior"].map((answer): [string, string[], number, string] => [
      cache,
      ["set", ...question, "--answer", answer],
      2,
      `Cannot set answer by --answer: must be a whole number from 1 to 7, not "${answer}"`,
    ]),
    ...[["stats"], ["get", ...question], ["export"], ["drop", "--model-version", "1"]].map((
      args,
    ): [string, string[], number, string] => [
      cache,
      args,
      1,
      `Cannot open cache ${cache}: there is no such file`,
    ]),
    ...["memory:", "none:"].map((none): [string, string[], number, string] => [
      none,
      ["stats"],
      2,
      `Cannot use cache ${none} here: it does not persist between runs; ` +
      "it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH or sqlite:PATH",
    ]),
    [
      "sqlit:x",
      ["stats"],
      2,
      "Cannot set cache by --cache: must be one of redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH, sqlite:PATH, memory:, " +
      'none:, not "sqlit:x"',
    ],
    [
      "sqlite:" + there,
      ["stats"],
      1,
      `Cannot open cache sqlite:${there}: file is not a database; name another path in --cache, or remove the file`,
    ],
    [
      cache,
      ["stats", "extra"],
      2,
      "Cannot use the command line: too many arguments for 'stats', expected 0 arguments but got 1: extra",
    ],
    [cache, ["stats", "--form"], 2, "Cannot use the command line: unknown option '--form'"],
  ];
  for (const [address, args, status, message] of wrong) {
    const called = await call(address, args);
    assertEquals(called, { status, stdout: "", stderr: `sluice: ${message}\n` }, args.join(" "));
  }
  await call(cache, ["set", ...question, "--answer", "1"]);
  const missing = `${folder.path}/missing.jsonl`;
  assertEquals(await call(cache, ["export", "--keys", missing]), {
    status: 1,
    stdout: "",
    stderr: `sluice: Cannot read ${missing}: there is no such file\n`,
  });
  assertEquals(
    (await call(cache, ["import", missing])).stderr,
    `sluice: Cannot read ${missing}: there is no such file\n`,
  );
  await using redis = new FakeRedis();
  await redis.stop();
  assertMatch(
    (await call(redis.url, ["stats"])).stderr,
    RegExp(`^sluice: Cannot read from ${redis.url}: .*\n$`),
  );
});

Deno.test("sluice cache import says what it stored before the cache failed, or it was stopped", async () => {
  await using redis = new FakeRedis();
  await call(redis.url, ["import", ...trusted], { stdin: answered(1) }); // the server has the script now
  const stall = redis.stallNext("EVALSHA");
  const stopped = new AbortController();
  const importing = call(redis.url, ["import", ...trusted], { stdin: answered(1), signal: stopped.signal });
  await stall.reached;
  stopped.abort(new Stop("SIGINT"));
  assertEquals(await importing, {
    status: 130,
    stdout: "",
    stderr: `Stored 0 answers in ${redis.url}, model seniority 1, keys exact\nsluice: Stopped by SIGINT\n`,
  });
  stall.release();
  redis.failNext("EVALSHA", "OOM command not allowed");
  const failed = await call(redis.url, ["import", ...trusted], { stdin: answered(1) });
  assertEquals(failed, {
    status: 1,
    stdout: "",
    stderr: `Stored 0 answers in ${redis.url}, model seniority 1, keys exact\n` +
      `sluice: Cannot write to ${redis.url}: OOM command not allowed; its memory is full: raise its maxmemory, or have it evict\n`,
  });
});

Deno.test("sluice cache has help with examples, and for each command", async () => {
  for (const command of ["", "stats", "get", "set", "drop", "export", "import"]) {
    const { status, stdout, stderr } = await call("", [command, "--help"].filter((arg) => arg !== ""));
    assertEquals([status, stderr], [0, ""], command);
    assertMatch(stdout, /^Examples?:/m);
    assertStringIncludes(stdout, `sluice cache ${command}`);
    if (command !== "") assertStringIncludes(stdout, "--model-version <VERSION>");
  }
});

async function startServer(): Promise<RedisServer | undefined> {
  const server = await RedisServer.start();
  if (server instanceof RedisServer) return server;
  console.log(`skipped: ${server}`);
}
