import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert/mod.js";
import { program } from "../../../lib/cli/program.ts";
import { classify } from "../../../lib/seniority/reference.ts";
import { Serving } from "../../service/serving.ts";
import { FakeModel } from "../../fakes/model.ts";

/** A folder with objects in `in`, and the command line. */
async function inFolder(
  objects: Record<string, string>,
  test: (
    run: (...args: string[]) => Promise<Ran>,
    output: (name: string, to?: string) => string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    Deno.mkdirSync(`${folder}/in`);
    for (const [name, text] of Object.entries(objects)) {
      Deno.writeTextFileSync(`${folder}/in/${name}`, text);
    }
    const flags = [
      "--from",
      `${folder}/in`,
      "--to",
      `${folder}/out`,
      "--model",
      "reference:",
    ];
    const state = [
      "--cache",
      `sqlite:${folder}/cache.db`,
      "--ledger",
      `${folder}/ledger.db`,
      "--json",
    ];
    const run = async (...args: string[]) => {
      let stdout = "", stderr = "";
      const status = await program(["run", ...flags, ...state, ...args], {
        stdin: ReadableStream.from([]),
        stdout: (text) => stdout += text,
        stderr: (text) => stderr += text,
        stdoutIsTerminal: false,
        stderrIsTerminal: false,
        signal: new AbortController().signal,
      }, { env: {} });
      return { status, stderr, summary: JSON.parse(stdout) };
    };
    await test(
      run,
      (name, to = "out") => Deno.readTextFileSync(`${folder}/${to}/${name}`),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Ran {
  readonly status: number;
  readonly stderr: string;
  // deno-lint-ignore no-explicit-any -- what --json prints
  readonly summary: any;
}

const record = (title: string) => `{"company":"Acme","title":"${title}"}\n`;
const answered = (title: string) =>
  `{"company":"Acme","title":"${title}","seniority":${classify("Acme", title)}}\n`;
const unanswered = (title: string) => `{"company":"Acme","title":"${title}","seniority":null}\n`;

Deno.test("sluice run --rare skip leaves rare pairs out, asks them when they come again, and --fill asks the rest", () =>
  inFolder(
    { "a.jsonl": record("Clerk") + record("Cook"), "b.jsonl": record("Clerk") },
    async (run, output) => {
      const first = await run("--rare", "skip", "--objects", "1");
      assertEquals(first.status, 0);
      assertEquals(first.summary.records, {
        in: 3,
        out: 3,
        rejected: 0,
        blank: 0,
        skipped: 2,
      });
      assertEquals(first.summary.keys, {
        seen: 3,
        local: 0,
        hits: 0,
        asked: 1,
        rare: 2,
      });
      assertStringIncludes(
        first.stderr,
        "2 of them out WITHOUT AN ANSWER (rare pairs)",
      );
      assertStringIncludes(
        first.stderr,
        "1 sent to the model, 2 skipped as rare",
      );
      assertEquals(output("a.jsonl"), unanswered("Clerk") + unanswered("Cook"));
      assertEquals(output("b.jsonl"), answered("Clerk"));
      const listed = output("_skipped/a.jsonl").trimEnd().split("\n").map((
        line,
      ) => JSON.parse(line));
      assertEquals(listed.map(({ title, records }) => [title, records]), [[
        "Clerk",
        1,
      ], ["Cook", 1]]);

      const filled = await run("--rare", "skip", "--fill");
      assertEquals([
        filled.summary.objects.done,
        filled.summary.keys.asked,
        filled.summary.keys.hits,
      ], [
        1,
        1,
        1,
      ]);
      assertEquals(output("a.jsonl"), answered("Clerk") + answered("Cook"));
      const again = await run("--rare", "skip", "--fill");
      assertEquals([again.status, again.summary.objects.found], [0, 0]);
      assertMatch(
        again.stderr,
        /^NOTHING TO DO: no output in .* holds nulls of rare pairs\n/,
      );
      assertEquals((await run("--rare", "skip")).summary.objects.skipped, 2);
    },
  ));

Deno.test("sluice run --rare skip keeps its counts from run to run", () =>
  inFolder({ "a.jsonl": record("Clerk") }, async (run, output) => {
    assertEquals((await run("--rare", "skip")).summary.keys.rare, 1);
    const later = await run("--rare", "skip", "--force");
    assertEquals([later.summary.keys.asked, later.summary.keys.rare], [
      1,
      undefined,
    ]);
    assertEquals(output("a.jsonl"), answered("Clerk"));
  }));

Deno.test("sluice run --rare PROBABILITY asks the same rare pairs whenever it is run", () => {
  const titles = Array.from({ length: 200 }, (_, i) => `Clerk ${i}`);
  return inFolder(
    { "a.jsonl": titles.map(record).join("") },
    async (run, output) => {
      const first = await run("--rare", "0.5");
      const { asked, rare } = first.summary.keys;
      assertEquals(asked + rare, 200);
      assert(asked > 70 && asked < 130, `${asked} of 200 are asked`);
      const once = output("a.jsonl");
      const flags = ["--cache", "none:", "--force", "--rare-memory", "64KiB"]; // counts of another size start over
      await run("--rare", "0.5", ...flags);
      assertEquals(output("a.jsonl"), once);
    },
  );
});

Deno.test("sluice run --cluster says what it saved and how sure it is, and writes nothing of it to the cache", () => {
  const teams = Array.from(
    { length: 600 },
    (_, i) => [i % 26, i / 26].map((n) => String.fromCharCode(97 + n)),
  )
    .map(([a, b]) => `Payments Operations Clerk ${a}${b}${a}`);
  const halves = [teams.slice(0, 300), teams.slice(300)].map((titles) => titles.map(record).join(""));
  return inFolder(
    { "a.jsonl": halves[0]!, "b.jsonl": halves[1]! },
    async (run, output) => {
      const shared = ["--cluster", "--agreement", "0.9", "--provenance", "by"];
      const { summary, stderr } = await run(
        ...shared,
        "--window-records",
        "100",
        "--max-in-flight",
        "1MiB",
      );
      assertEquals(summary.keys.seen, 600);
      const { asked, cluster = 0 } = summary.keys;
      assertEquals(asked + cluster, 600);
      assertEquals(summary.nearTitles.stops, 0);
      assertStringIncludes(stderr, "near:     titles");
      assertStringIncludes(output("a.jsonl"), '"by":"model"}');
      const plain = await run("--force");
      assertEquals([plain.summary.keys.hits, plain.summary.keys.asked], [
        asked,
        cluster,
      ]);
      assertEquals(
        output("a.jsonl"),
        teams.slice(0, 300).map(answered).join(""),
      );
      assertEquals(plain.summary.nearTitles, undefined);
    },
  );
});

Deno.test("sluice run without shortcuts says nothing of them, and with them does the objects again", () =>
  inFolder({ "a.jsonl": record("Clerk") }, async (run, output) => {
    const plain = await run();
    assertEquals(Object.keys(plain.summary.keys), [
      "seen",
      "local",
      "hits",
      "asked",
    ]);
    assertEquals(Object.keys(plain.summary.records), [
      "in",
      "out",
      "rejected",
      "blank",
    ]);
    const bytes = output("a.jsonl");
    for (
      const shortcut of [["--rare", "skip"], ["--cluster"], [
        "--provenance",
        "by",
      ]]
    ) {
      assertEquals(
        (await run(...shortcut)).summary.objects.done,
        1,
        shortcut[0],
      );
    }
    assertNotEquals(output("a.jsonl"), bytes);
    await run("--rare", "ask");
    assertEquals(output("a.jsonl"), bytes, "ask is as good as nothing");
  }));

Deno.test("sluice serve takes no notice of shortcuts that the environment sets", async () => {
  await using model = await FakeModel.start();
  const env = {
    SLUICE_RARE: "skip",
    SLUICE_CLUSTER: "true",
    SLUICE_PROVENANCE: "by",
  };
  await using serving = await Serving.start({ model: model.url, env });
  const response = await serving.records(record("Clerk"));
  const [line] = (await response.text()).split("\n");
  assertMatch(line!, /"title":"Clerk","seniority":\d}$/);
  assertEquals(
    (await serving.fetch("/metrics").then((metrics) => metrics.text()))
      .includes("cluster"),
    false,
  );
});
