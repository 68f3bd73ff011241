import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import fc from "fast-check";
import { gzip } from "pako";
import { Stop } from "../../../lib/cli/io.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { numRuns } from "../../property_runs.ts";
import { ScratchFolder } from "../scratch_folder.ts";

const line = (company: string, title: string) => `${JSON.stringify({ company, title })}\n`;
const stores = ["--from", "@in", "--to", "@out"];
const run = ["run", ...stores, "--model", "reference:", "--cache", "sqlite:@cache.db", "--quiet"];

function test(name: string, body: (folder: ScratchFolder) => Promise<void>): void {
  Deno.test(name, async () => {
    await using folder = await ScratchFolder.create();
    await body(folder);
  });
}

/** What an object is made of: lines, most of them records. */
const lines = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.tuple(fc.nat(4), fc.nat(12)).map(([c, t]) => line(`c${c}`, `title ${t}`)) },
    { weight: 4, arbitrary: fc.tuple(fc.nat(4), fc.nat(9)).map(([c, t]) => line(`C${c} `, `Title  ${t}`)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("\n", "{\n", "[]\n", '{"company":"x"}\n', '{"company":"x","title":1}\n'),
    },
  ),
  { maxLength: 60 },
).map((lines) => lines.join(""));

/** How many lines a text has that are not blank, and that are good records. */
function recordsOf(text: string): { lines: number; blank: number; good: number } {
  const all = text.split("\n").slice(0, -1), lines = all.filter((line) => line !== "");
  const good = lines.filter((line) => line.includes('","title":"')).length;
  return { lines: lines.length, blank: all.length - lines.length, good };
}

const settings = fc.record({
  "window-records": fc.integer({ min: 1, max: 20 }).map(String),
  "max-call-questions": fc.integer({ min: 1, max: 20 }).map(String),
  "normalize": fc.constantFrom("exact", "fold"),
  "objects": fc.integer({ min: 1, max: 5 }).map(String),
}).map((chosen) => Object.entries(chosen).flatMap(([name, value]) => [`--${name}`, value]));

Deno.test("estimate() says how many questions the next run asks", async () => {
  const objects = fc.array(fc.tuple(lines, fc.constantFrom("jsonl", "jsonl.gz", "csv")), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(objects, fc.nat(5), settings, fc.boolean(), async (objects, before, settings, isNew) => {
      await using folder = await ScratchFolder.create();
      const write = ([text, ending]: readonly [string, string], i: number) => {
        const csv = "company,title\n" + text.split("\n").filter((line) => line.includes('","title":"'))
          .map((line) => `${JSON.parse(line).company},${JSON.parse(line).title}\n`).join("");
        const bytes = new TextEncoder().encode(ending === "csv" ? csv : text);
        folder.write(`in/${i}.${ending}`, ending.endsWith("gz") ? gzip(bytes) : bytes);
      };
      folder.write("in/none.txt", "");
      objects.slice(0, before).forEach(write);
      await folder.figures([...run, ...settings, "--allow-rejects"]);
      objects.forEach(write);
      const flags = [...settings, ...(isNew ? ["--model-version", "2"] : [])];
      const files = folder.files();
      const estimate = await folder.figures([...run, ...flags].with(0, "estimate"));
      assertEquals(folder.files(), files, "it writes nothing");
      const asked = await folder.figures([...run, ...flags, "--allow-rejects"]);
      assertEquals(estimate.questions, asked.keys.asked);
      assertEquals(estimate.questions, asked.model.questions);
      assert(estimate.calls <= asked.model.calls, `${estimate.calls} > ${asked.model.calls}`);
      // Objects without a good record fail, each time: a run counts none of their records.
      const bad = objects.map(([text, ending]) => ending === "csv" ? recordsOf("") : recordsOf(text))
        .filter(({ lines, good }) => lines > 0 && good === 0);
      const counted = { ...estimate.records };
      for (const { lines, blank } of bad) {
        counted.in -= lines + blank;
        counted.rejected -= lines;
        counted.blank -= blank;
      }
      const { in: records, rejected, blank } = counted;
      assertEquals([estimate.objects.failed, asked.objects.failed], [bad.length, bad.length]);
      assertEquals(records - rejected - blank, asked.records.out);
      assertEquals({ in: records, rejected, blank, out: asked.records.out }, asked.records);
      const { found, ignored, skipped } = asked.objects;
      assertEquals([estimate.objects.found, estimate.objects.ignored, estimate.objects.skipped], [
        found,
        ignored,
        skipped,
      ]);
      const after = await folder.figures([...run, ...flags].with(0, "estimate"));
      assertEquals([after.questions, after.objects.read, after.objects.failed], [0, 0, bad.length]);
    }),
    { numRuns: Math.ceil(numRuns / 10) },
  );
});

test("estimate() prints text, and creates no cache", async (folder) => {
  folder.write(
    "in/1700000000.jsonl",
    line("Acme", "Chef").repeat(3) + line("Acme", "Cook") + "x\n" + line("ACME", "chef"),
  );
  const before = folder.files();
  const { status, stderr, stdout } = await folder.sluice([
    ...["estimate", "--from", "@in", "--cache", "sqlite:@state/cache.db"],
    ...["--price-per-1000", "500", "--model-version", "7"],
  ]);
  assertEquals(
    [status, stderr.replaceAll(folder.path, "DIR")],
    [0, "Cannot take line 5 of file://DIR/in/1700000000.jsonl as a record: not JSON (invalid_json): x\n"],
  );
  assertEquals(
    stdout.replaceAll(folder.path, "DIR").replaceAll(/ +(?:CPU time|\d+ ms)$/gm, ""),
    `objects:  1 read
lines:    6, 1 to be rejected (1 invalid_json)
keys:     3 distinct; model seniority 7, keys exact
cached:   0; sqlite:DIR/state/cache.db does not exist yet
to ask:   3 questions in 1 call, 1 s, price 1.50
rate:     1 call/s
price:    500.00 per 1,000 questions

strategy                      keys  cached  questions   saved  calls  time  price
every record                                        5              1   1 s   2.50
--normalize exact (this run)     3       0          3  40.0 %      1   1 s   1.50
--normalize fold                 2       0          2  60.0 %      1   1 s   1.00
--normalize titles               2       0          2  60.0 %      1   1 s   1.00
`,
  );
  assertEquals(folder.files(), before);
});

test("estimate() takes the selection, the limit and --force as a run does", async (folder) => {
  for (let i = 0; i < 4; i++) folder.write(`in/170000000${i}.jsonl`, line("Acme", `${i}`));
  const estimate = (...more: string[]) =>
    folder.figures([
      "estimate",
      "--from",
      "@in",
      "--cache",
      "sqlite:@cache.db",
      "--model",
      "reference:",
      ...more,
    ]);
  assertEquals((await estimate("--until", "1700000003", "--exclude", "*1.jsonl")).questions, 2);
  assertEquals((await estimate("--limit", "3")).questions, 3);
  await folder.figures([...run, "--limit", "1"]);
  assertEquals((await estimate("--to", "@out", "--limit", "1")).objects.skipped, 1);
  assertEquals((await estimate("--to", "@out")).objects.read, 3);
  const forced = await estimate("--to", "@out", "--force");
  assertEquals([forced.objects.read, forced.keys.known, forced.questions], [4, 1, 3]);
  const unasked = await estimate("--cache", "none:");
  assertEquals([unasked.cache.state, unasked.questions], ["none", 4]);
});

test("estimate() counts on without a cache that cannot be reached, and says so", async (folder) => {
  folder.write("in/a.jsonl", line("Acme", "Chef"));
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const { status, stderr, stdout } = await folder.sluice([
    ...[
      "estimate",
      "--from",
      "@in",
      "--cache",
      `redis://127.0.0.1:${port}`,
      "--cache-timeout",
      "0.2s",
    ],
  ]);
  assertEquals(status, 0);
  assertMatch(stderr, /^Continuing without the cache: Cannot /);
  assertStringIncludes(stdout, "cached:   0; COULD NOT REACH redis://127.0.0.1");
  assertStringIncludes(stdout, "to ask:   1 question in 1 call, 1 s\n");
});

test("estimate() guesses by a sample, and says how rough that is", async (folder) => {
  for (let i = 0; i < 20; i++) {
    const titles = Array.from({ length: 100 }, (_, j) => (i * 100 + j) ** 2 % 1_009);
    folder.write(`in/${1_700_000_000 + i}.jsonl`, titles.map((title) => line("Acme", `${title}`)).join(""));
  }
  const args = ["estimate", "--from", "@in", "--cache", "none:"];
  const whole = await folder.figures(args);
  const sampled = await folder.figures([...args, "--sample", "25%"]);
  assertEquals([sampled.objects.read, sampled.sample.objects, sampled.records.in], [5, 20, 500]);
  assert(
    sampled.sample.questions.least <= whole.questions && whole.questions <= sampled.sample.questions.most,
  );
  assert(Math.abs(sampled.ways[0].questions - 2_000) < 100, `${sampled.ways[0].questions}`);
  const { stdout } = await folder.sluice([...args, "--sample", "25%"]);
  assertMatch(stdout, /^objects: {2}5 read of 20\n/);
  assertMatch(stdout, /Read 5 of 20 objects: .*; it is between \d+ and 1,\d+\n/);
});

test("estimate() says which object it could not read, and exits with 1", async (folder) => {
  folder.write("in/a.jsonl", line("Acme", "Chef"));
  folder.write("in/b.jsonl.gz", gzip(line("Acme", "Cook")).subarray(0, 20));
  folder.write("in/c.csv", "company,job\nAcme,Chef\n");
  const { status, stderr, stdout } = await folder.sluice(["estimate", "--from", "@in", "--cache", "none:"]);
  assertEquals(status, 1);
  assertMatch(stderr, /Cannot read file:\S+b\.jsonl\.gz: gzip ends in the middle of a member/);
  assertStringIncludes(stdout, "objects:  1 read, 2 NOT READ COMPLETELY\n");
});

test("estimate() says that there is nothing to do", async (folder) => {
  folder.write("in/a.txt", "");
  const { status, stderr } = await folder.sluice(["estimate", "--from", "@in", "--cache", "none:"]);
  assertEquals(status, 4);
  assertMatch(stderr, /^NOTHING TO DO: of 1 object in file:/);
});

test("estimate() says how many answers another strategy would change, from what is cached", async (folder) => {
  folder.write("in/a.jsonl", line("Acme", "Chef") + line("Acme", "chef") + line("Acme", "CHEF"));
  const cache = ["--cache", "sqlite:@cache.db"];
  for (const [title, answer] of [["Chef", "2"], ["chef", "2"], ["CHEF", "6"]] as const) {
    await folder.sluice([
      "cache",
      "set",
      ...cache,
      "--company",
      "Acme",
      "--title",
      title,
      "--answer",
      answer,
    ]);
  }
  const { questions, ways } = await folder.figures(["estimate", "--from", "@in", ...cache]);
  assertEquals([questions, ways[2].way, ways[2].questions], [0, "--normalize fold", 1]);
  assertEquals(ways[2].answers, { compared: 2, changed: 1 });
  const { stdout } = await folder.sluice(["estimate", "--from", "@in", ...cache, "--normalize", "fold"]);
  assertStringIncludes(stdout, "keys:     1 distinct; model seniority 1, keys fold\n");
  assertMatch(stdout, /\n--normalize fold \(this run\) .+ 1 of 2 +\d+ ms\n/);
});

test("estimate() refuses a destination within the source", async (folder) => {
  folder.write("in/a.jsonl", line("Acme", "Chef"));
  const { status, stderr } = await folder.sluice(["estimate", "--from", "@in", "--to", "@in/out"]);
  assertEquals(status, 1);
  assertMatch(
    stderr,
    /: one lies in the other, so outputs would be taken for objects; name separate places with --from and --to\n$/,
  );
});

test("estimate() ends when it is stopped", async (folder) => {
  folder.write("in/a.jsonl", line("Acme", "Chef"));
  const { status, stdout } = await folder.sluice(["estimate", "--from", "@in", "--cache", "none:"], {
    signal: AbortSignal.abort(new Stop("SIGTERM")),
  });
  assertEquals([status, stdout], [143, ""]);
});

for (const more of [[], ["--ttl", "30d"], ["--ttl", "30d", "--cache-layout", "strings"]]) {
  test(`estimate() finds what Redis knows ${more.join(" ")}`.trimEnd(), async (folder) => {
    await using redis = new FakeRedis();
    folder.write("in/a.jsonl", line("Acme", "Chef") + line("Acme", "Cook"));
    const cached = ["--model", "reference:", "--cache", redis.url, ...more];
    await folder.figures(["run", ...stores, "--quiet", ...cached]);
    folder.write("in/b.jsonl", line("Acme", "Cook") + line("Acme", "Baker"));
    const contents = redis.contents();
    const { cache, keys, questions } = await folder.figures(["estimate", ...stores, "--force", ...cached]);
    assertEquals([cache.state, keys.known, questions], ["read", 2, 1]);
    assertEquals(redis.contents(), contents);
    assertEquals(redis.count("PEXPIRE"), 0);
  });
}

test("estimate() writes nothing to Redis where runs have a Bloom filter", async (folder) => {
  await using redis = new FakeRedis();
  folder.write("in/a.jsonl", line("Acme", "Chef"));
  const cached = ["--model", "reference:", "--cache", redis.url];
  await folder.figures(["run", ...stores, "--quiet", ...cached]);
  const contents = redis.contents(), files = folder.files();
  const { questions } = await folder.figures(["estimate", "--from", "@in", ...cached, "--bloom", "0.01"]);
  assertEquals(questions, 0);
  assertEquals(redis.contents(), contents);
  assertEquals(folder.files(), files);
});

for (const shortcut of [["--provenance", "by"], ["--rare", "0.5"], ["--cluster"]]) {
  test(`estimate() leaves out what runs with ${shortcut[0]} have done`, async (folder) => {
    folder.write("in/a.jsonl", line("Acme", "Chef"));
    await folder.figures([...run, ...shortcut]);
    const again = await folder.figures([...run, ...shortcut].with(0, "estimate"));
    assertEquals([again.objects.skipped, again.objects.read], [1, 0]);
    const plain = await folder.figures(run.with(0, "estimate"));
    assertEquals([plain.objects.skipped, plain.objects.read], [0, 1]);
  });
}
