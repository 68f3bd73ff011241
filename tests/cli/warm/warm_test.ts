import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import fc from "fast-check";
import { gzip } from "pako";
import { Stop } from "../../../lib/cli/io.ts";
import { FakeModel } from "../../fakes/model.ts";
import { numRuns } from "../../property_runs.ts";
import { ScratchFolder } from "../scratch_folder.ts";

const line = (record: Record<string, unknown>) => `${JSON.stringify({ company: "Acme", ...record })}\n`;
const titles = (...titles: (string | number)[]) =>
  titles.map((title) => line({ title: `${title}` })).join("");
const cache = ["--cache", "sqlite:@cache.db"];
const reference = ["--model", "reference:", ...cache];
const run = ["run", "--from", "@in", "--to", "@out", "--quiet", "--force", "--allow-rejects"];

function test(name: string, body: (folder: ScratchFolder) => Promise<void>): void {
  Deno.test(name, async () => {
    await using folder = await ScratchFolder.create();
    await body(folder);
  });
}

const objects = fc.array(
  fc.array(fc.oneof(fc.nat(60).map((n) => titles(n)), fc.constantFrom("\n", "x\n")), { maxLength: 60 }),
  { maxLength: 4 },
);
const settings = fc.record({
  "window-records": fc.integer({ min: 1, max: 20 }),
  "max-call-questions": fc.integer({ min: 1, max: 20 }),
  "normalize": fc.constantFrom("exact", "fold"),
}).map((chosen) => Object.entries(chosen).flatMap(([name, value]) => [`--${name}`, `${value}`]));

Deno.test("warm() asks as much as estimate says, in full calls, and leaves nothing for the run to ask", async () => {
  await fc.assert(
    fc.asyncProperty(objects, settings, fc.option(fc.nat(80)), async (objects, settings, top) => {
      await using folder = await ScratchFolder.create();
      folder.write("in/none.txt", "");
      folder.write("out/none.txt", "");
      objects.forEach((lines, i) => folder.write(`in/${i}.jsonl`, lines.join("")));
      const flags = [...reference, ...settings];
      const estimate = await folder.figures(["estimate", "--from", "@in", ...flags]);
      let asked = 0;
      if (top) {
        asked +=
          (await folder.figures(["warm", "--from", "@in", "--top", `${top}`, ...flags])).model.questions;
      }
      assertEquals(asked, Math.min(estimate.questions, top ?? 0));
      const warm = await folder.figures(["warm", "--from", "@in", ...flags]);
      // An object that holds bad lines only fails.
      const isDone = objects.every((lines) =>
        !lines.includes("x\n") || lines.some((line) => line !== "x\n" && line !== "\n")
      );
      assertEquals([asked + warm.model.questions, warm.isDone], [estimate.questions, isDone]);
      if (!top) assertEquals(warm.model.calls, estimate.calls);
      const { keys, records } = await folder.figures([...run, ...flags]);
      assertEquals(keys.asked, 0);
      // The outputs say all that a lost cache knew.
      const lost = flags.map((arg) => arg.replace("cache.db", "other.db"));
      const taken = await folder.figures(["warm", "--from-output", "@out", ...lost]);
      assertEquals([taken.pairs.answered, taken.output.conflicts], [estimate.keys.distinct, 0]);
      assertEquals(taken.records.in, records.out);
      assertEquals((await folder.figures([...run, ...lost])).keys.asked, 0);
    }),
    { numRuns: Math.ceil(numRuns / 15) },
  );
});

test("warm() asks about the most frequent pairs that are not cached, and says what it did", async (folder) => {
  await using model = await FakeModel.start();
  folder.write("in/a.jsonl", titles(1, 2, 3, 2, 3, 3) + "x\n");
  folder.write("in/b.jsonl", titles(4, 4, 4, 4, 5));
  const args = ["warm", "--from", "@in", "--model", model.url, ...cache, "--model-calls-per-second", "1000"];
  args.push("--objects", "1"); // so that those of equal count come in a known order
  const { status, stderr, stdout } = await folder.sluice([...args, "--top", "2"]);
  assertEquals([status, stderr], [
    0,
    `Cannot take line 7 of file://${folder.path}/in/a.jsonl as a record: not JSON (invalid_json): x\n`,
  ]);
  assertEquals(
    stdout.replace(/\d+ ms/g, "0 ms"),
    `objects:  2 read
records:  12, 1 rejected
pairs:    5 distinct, 2 answered, 3 not processed; model seniority 1, keys exact
model:    1 call with 2 questions, 0 ms in calls (in parallel, added up)
time:     0 ms
`,
  );
  await folder.sluice([...args, "--top", "1"]);
  await folder.sluice(args);
  assertEquals(
    model.calls.filter(({ questions }) => questions.length > 0).map(({ questions }) =>
      questions.map(({ title }) => title)
    ),
    [["4", "3"], ["2"], ["1", "5"]],
  );
});

test("warm() takes a list of pairs in its order, as JSON lines or CSV, plain or gzip", async (folder) => {
  await using model = await FakeModel.start();
  folder.write("a.csv", "title,company\n3,Acme\n1,Acme\n3,Acme\n");
  folder.write("b.ndjson.gz", gzip(new TextEncoder().encode(titles(2, 1, 9) + "{}\n")));
  const args = ["--model", model.url, ...cache, "--model-calls-per-second", "1000"];
  const csv = await folder.figures(["warm", "--pairs", "@a.csv", ...args]);
  assertEquals([csv.records.in, csv.pairs.distinct, csv.pairs.answered], [3, 2, 2]);
  const json = await folder.figures(["warm", "--pairs", "@b.ndjson.gz", ...args]);
  assertEquals([json.records, json.pairs.known, json.pairs.answered], [
    { in: 4, rejected: 1, blank: 0 },
    1,
    2,
  ]);
  assertEquals(
    model.calls.filter(({ questions }) => questions.length > 0).map(({ questions }) =>
      questions.map(({ title }) => title)
    ),
    [["3", "1"], ["2", "9"]],
  );
});

test("warm() leaves a part of the model's rate and of its calls to others", async (folder) => {
  await using model = await FakeModel.start();
  folder.write("in/a.jsonl", titles(1, 2, 3, 4, 5));
  await folder.figures([
    ...["warm", "--from", "@in", "--model", model.url, ...cache, "--max-call-questions", "1"],
    ...["--model-calls-per-second", "80", "--idle-share", "75%"],
  ]);
  const calls = model.calls.filter(({ questions }) => questions.length > 0).map(({ at }) => at);
  assertEquals(calls.length, 5);
  // A call each 50 ms; their arrival may be late, not early.
  assert(calls[4]! - calls[0]! > 4 * 50 - 25, `${calls[4]! - calls[0]!} ms`);
});

test("warm() takes levels out of an output: the latest object's, and none that the cache has", async (folder) => {
  folder.write(
    "out/1700000000.jsonl",
    line({ title: "a", seniority: 1 }) + line({ title: "b", seniority: 2 }),
  );
  folder.write(
    "out/1700000060.jsonl",
    line({ title: "a", seniority: 3 }) + line({ title: "c", seniority: 9 }) + line({ title: "d" }) +
      line({ title: "e", seniority: "4" }) + line({ title: "f", seniority: 6 }),
  );
  folder.write(
    "out/1700000099.csv",
    'company,title,seniority\nAcme,g,7\nAcme,h,"5"\nAcme,i,\nAcme,"j\nk",2\n',
  );
  const set = ["cache", "set", "--company", "Acme", ...cache];
  await folder.sluice([...set, "--title", "b", "--answer", "5"]);
  await folder.sluice([...set, "--title", "f", "--answer", "6"]);
  const { status, stderr, stdout } = await folder.sluice([
    ...["warm", "--from-output", "@out", "--trust-model", "seniority:1", ...cache],
  ]);
  assertEquals([status, stderr], [0, ""]);
  assertEquals(
    stdout.replace(/\d+ ms/g, "0 ms"),
    `objects:  3 read, 3 taken because of --trust-model
records:  11, 4 without a level
pairs:    6 distinct, 2 cached already, 4 stored; model seniority 1, keys exact
time:     0 ms
1 pair has different answers in the output: the latest object's was stored
1 pair has another answer in the cache, which was kept
`,
  );
  const get = async (title: string) =>
    (await folder.sluice(["cache", "get", "--company", "Acme", "--title", title, ...cache])).stdout.trim();
  assertEquals(await Promise.all(["a", "b", "f", "g", "h", "j\nk"].map(get)), ["3", "5", "6", "7", "5", "2"]);
  assertEquals(
    (await folder.sluice(["cache", "get", "--company", "Acme", "--title", "c", ...cache])).status,
    1,
  );
});

test("warm() stops at --max-questions, and exits with 1", async (folder) => {
  folder.write("in/a.jsonl", titles(1, 2, 3));
  const { status, stderr, stdout } = await folder.sluice([
    "warm",
    "--from",
    "@in",
    ...reference,
    "--max-questions",
    "2",
  ]);
  assertEquals([status, stderr], [1, "Stopped asking the model: maxQuestions is 2\n"]);
  assertStringIncludes(stdout, "pairs:    3 distinct, 2 answered, 1 not processed;");
  const again = await folder.figures(["warm", "--from", "@in", ...reference, "--max-questions", "2"]);
  assertEquals([again.isDone, again.pairs.known, again.pairs.answered], [true, 2, 1]);
});

test("warm() keeps what was answered when it is stopped", async (folder) => {
  const stop = new AbortController();
  await using model = await FakeModel.start({
    delayMs: ({ number }) => {
      if (number === 2) stop.abort(new Stop("SIGTERM"));
      return number === 2 ? 20 : 0;
    },
  });
  folder.write("in/a.jsonl", titles(...Array.from({ length: 50 }, (_, i) => i)));
  const args = ["--from", "@in", ...cache, "--max-call-questions", "10"];
  const { status, stderr, stdout } = await folder.sluice(
    ["warm", ...args, "--model", model.url, "--max-in-flight-calls", "1", "--model-calls-per-second", "1000"],
    { signal: stop.signal },
  );
  assertEquals(status, 143);
  assertMatch(
    stderr,
    /^Stopping: .*\nStopped by a signal: the remaining pairs are left to the next time\n$/,
  );
  assertStringIncludes(stdout, " 20 answered, ");
  assertEquals((await folder.figures(["estimate", ...args])).questions, 30);
});

test("warm() says what it holds of pairs that are too many", async (folder) => {
  folder.write("in/a.jsonl", titles(1, 1, 1, 2, 3, 4, 5));
  const { status, stdout } = await folder.sluice(["warm", "--from", "@in", ...reference, "--max-pairs", "2"]);
  assertEquals(status, 0);
  assertMatch(
    stdout,
    /\nThere were more pairs than fit \(maxPairs\): pairs that occur \d times? or less may be missing\n/,
  );
});
