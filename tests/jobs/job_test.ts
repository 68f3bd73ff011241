import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import { CountMinSketch } from "../../lib/shortcuts/count_min_sketch.ts";
import { RarePairs } from "../../lib/shortcuts/rare_pairs.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { Job, type JobOptions } from "../../lib/jobs/job.ts";
import { planFill } from "../../lib/jobs/fill_plan.ts";
import type { Planned } from "../../lib/jobs/plan.ts";
import type { Recipe } from "../../lib/recipe/recipe.ts";
import { recipeFingerprint } from "../../lib/recipe/recipe.ts";
import { LineScanner } from "../../lib/records/scan/scan_lines.ts";
import { Ledger } from "../../lib/jobs/ledger.ts";
import { openLedger } from "../../lib/jobs/open_ledger.ts";
import { ObjectSink } from "../../lib/sinks/object_sink.ts";
import { ObjectSource } from "../../lib/sources/object_source.ts";
import { S3Store } from "../../lib/stores/s3/s3.ts";
import type { TellFields } from "../../lib/text/tell.ts";
import { openTestAnswers, type TestAnswersOptions } from "../fakes/answers.ts";
import { fakeLevel, InProcessModel } from "../fakes/model.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { ofObjects } from "../fakes/s3_fault.ts";
import { testRecipe } from "../fakes/recipe.ts";

const recipe = { ...testRecipe, modelName: "fake" };

const encoder = new TextEncoder();

/** A line, and what it must become. */
const line = (title: string) => `{"company":"Acme","title":"${title}"}\n`;
const answered = (title: string) =>
  `{"company":"Acme","title":"${title}","seniority":${fakeLevel("Acme", title)}}\n`;

/** What an output of another recipe carries. */
const otherMark = {
  "x-amz-meta-sluice-source-etag": "e",
  "x-amz-meta-sluice-recipe": "another",
  "x-amz-meta-sluice-rejects": "0",
};

/** Stores over one fake S3, with a job's parts that the test may change. */
async function fixture(s3: FakeS3) {
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const s3Options = { endpoint: s3.endpoint, region: "eu-west-1", credentials };
  const source = new ObjectSource(await S3Store.open("s3://raw/in/", s3Options));
  const destination = new ObjectSink(await S3Store.open("s3://mod/out/", s3Options));
  const model = new InProcessModel();
  const messages: string[] = [], fields: (TellFields | undefined)[] = [];
  const signal = new AbortController().signal;
  const fingerprint = await recipeFingerprint(recipe);
  const cache = new MemoryCache(crypto.randomUUID());
  return {
    model,
    messages,
    fields,
    source,
    destination,
    s3Options,
    fingerprint,
    put: (name: string, text: string) => s3.put("raw", `in/${name}`, encoder.encode(text)),
    output: (name: string) => s3.text("mod", `out/${name}`),
    marks: (name: string) => s3.object("mod", `out/${name}`)?.headers["x-amz-meta-sluice-rejects"],
    async run(
      changes:
        & Partial<JobOptions>
        & Pick<TestAnswersOptions, "maxQuestions" | "keepsOrigins" | "shortcut"> = {},
    ): Promise<Job> {
      const answers = openTestAnswers({
        cache,
        model,
        maxQuestions: changes.maxQuestions,
        keepsOrigins: changes.keepsOrigins,
        shortcut: changes.shortcut,
        onTrouble: (message) => messages.push(message),
        signal: changes.signal ?? signal,
      });
      const job = new Job({
        source,
        destination,
        recipe,
        fingerprint,
        answers,
        maxExpansion: 200,
        maxLineBytes: 1_000_000,
        windowRecords: 1_000,
        windowBytes: 100_000,
        maxCallBytes: 1_000_000,
        maxRejects: { percent: 50 },
        onMessage: (message, _level, given) => {
          messages.push(message);
          fields.push(given);
        },
        stop: signal,
        signal,
        ...changes,
      });
      await job.run();
      return job;
    },
    async [Symbol.asyncDispose]() {
      await source.close();
      await destination.close();
    },
  };
}

function jobTest(
  name: string,
  test: (it: Awaited<ReturnType<typeof fixture>>, s3: FakeS3) => Promise<void>,
  options: { maxKeys?: number; minPartBytes?: number } = {},
): void {
  Deno.test(name, async () => {
    await using s3 = await FakeS3.start({ buckets: ["raw", "mod"], ...options });
    await using it = await fixture(s3);
    await test(it, s3);
    assertEquals(s3.unfinishedUploads(), []);
  });
}

jobTest(
  "Job fails an object whose output cannot be begun, and the others leave in full calls",
  async (it) => {
    for (let i = 0; i < 6; i++) it.put(`${i}.jsonl`, line(`Engineer ${i}`));
    const { destination } = it;
    const picky: JobOptions["destination"] = {
      url: destination.url,
      list: (...given) => destination.list(...given),
      head: (...given) => destination.head(...given),
      begin(unit) {
        if (unit.name === "2.jsonl") throw new Error("the name is taken");
        return destination.begin(unit);
      },
    };
    const { objects } = await it.run({ destination: picky });
    assertEquals([objects.done, objects.failed], [5, 1]);
    assertStringIncludes(it.messages.join("\n"), "2.jsonl: the name is taken");
    assertEquals(await it.output("5.jsonl"), answered("Engineer 5"));
  },
);

jobTest("Job.run() processes what is not done, page by page, and nothing twice", async (it, s3) => {
  for (let i = 0; i < 7; i++) it.put(`${i}.jsonl`, line(`title ${i}`));
  const first = await it.run();
  assertEquals(first.objects, { found: 7, skipped: 0, done: 7, failed: 0, gone: 0, ignored: 0 });
  for (let i = 0; i < 7; i++) assertEquals(await it.output(`${i}.jsonl`), answered(`title ${i}`));
  it.put("3.jsonl", line("another title"));
  it.put("0 late.jsonl", line("title 0"));
  const second = await it.run();
  assertEquals(second.objects, { found: 8, skipped: 6, done: 2, failed: 0, gone: 0, ignored: 0 });
  assertEquals(await it.output("3.jsonl"), answered("another title"));
  assertEquals(it.model.stats(), { calls: 2, questions: 8, keys: 8, keysAskedTwice: 0, largestBatch: 7 });
  assertEquals(s3.count("PutObject"), 10, "one for each object, and one to see whether conditions hold");
}, { maxKeys: 3 });

jobTest("Job.run() with force does all again, and asks nothing again", async (it) => {
  it.put("a.jsonl", line("x"));
  await it.run();
  const job = await it.run({ force: true });
  assertEquals([job.objects.done, job.objects.skipped, it.model.stats().questions], [1, 0, 1]);
});

jobTest("Job.run() with another recipe does all again", async (it) => {
  it.put("a.jsonl", line("x"));
  await it.run();
  assertEquals((await it.run({ fingerprint: "another" })).objects.done, 1);
  assertEquals((await it.run({ fingerprint: "another" })).objects.skipped, 1);
});

jobTest("Job.run() with a ledger knows what is done from the listings alone", async (it, s3) => {
  const folder = await Deno.makeTempDir();
  {
    using ledger = new Ledger(`${folder}/ledger.db`);
    for (let i = 0; i < 5; i++) it.put(`${i}.jsonl`, line("x"));
    await it.run({ ledger });
    const before = s3.requests.length;
    assertEquals((await it.run({ ledger })).objects.skipped, 5);
    assertEquals(s3.requests.slice(before).map(({ operation }) => operation), [
      "ListObjectsV2",
      "ListObjectsV2",
    ]);
  }
  await Deno.remove(folder, { recursive: true });
});

jobTest(
  "Job.run() counts what is gone, and what is hidden, no record file or not selected",
  async (it, s3) => {
    for (
      const name of [
        "1721183934.jsonl",
        "1721190000.jsonl",
        "gone.jsonl",
        "notes.txt",
        "skip/a.jsonl",
        "_x.jsonl",
      ]
    ) {
      it.put(name, line(name));
    }
    s3.fault({ operation: "GetObject", key: "in/gone.jsonl" }, { status: 404, code: "NoSuchKey" });
    const job = await it.run({ exclude: ["skip/*"] });
    assertEquals(job.objects, { found: 6, skipped: 0, done: 2, failed: 0, gone: 1, ignored: 3 });
    assertEquals(job.skipped.summary().reasons, { hidden: 1, not_a_record_file: 1, excluded: 1 });
  },
);

jobTest("Job.run() selects by time, limit and glob", async (it) => {
  for (const name of ["1721183934.jsonl", "1721190000.jsonl", "1721200000.ndjson"]) it.put(name, line(name));
  assertEquals((await it.run({ since: 1721190000, until: 1721200000 })).objects.done, 1);
  assertEquals((await it.run({ include: ["*.ndjson"] })).objects.done, 1);
  assertEquals((await it.run({ limit: 1, force: true })).objects.done, 1);
});

jobTest("Job.run() lets one object's failure leave the others alone", async (it, s3) => {
  for (const name of ["a", "b", "c"]) it.put(`${name}.jsonl`, line(name));
  s3.fault({ operation: "PutObject", key: "out/b.jsonl" }, { status: 403, code: "AccessDenied" });
  const job = await it.run();
  assertEquals(job.objects, { found: 3, skipped: 0, done: 2, failed: 1, gone: 0, ignored: 0 });
  assertEquals(await it.output("c.jsonl"), answered("c"));
  assertEquals(it.messages.length, 1);
  assertEquals(
    it.messages[0]!.startsWith("Cannot finish s3://raw/in/b.jsonl: Cannot write s3://mod/out/b.jsonl: 403"),
    true,
  );
  assertEquals(it.fields[0]?.object, "b.jsonl");
  assert(it.fields[0]?.kind !== undefined);
});

jobTest("Job.run() stops asking at maxQuestions and leaves the rest undone", async (it) => {
  for (const name of ["a", "b", "c"]) it.put(`${name}.jsonl`, line(name));
  const job = await it.run({ maxQuestions: 2 });
  assertEquals(it.model.stats().questions, 2);
  assertEquals([job.objects.done, job.objects.failed], [2, 1]);
  assertEquals((await it.run()).objects, { found: 3, skipped: 2, done: 1, failed: 0, gone: 0, ignored: 0 });
});

for (const [what, changes] of Object.entries({ maxQuestions: { maxQuestions: 0 }, limit: { limit: 1 } })) {
  jobTest(
    `Job.run() ends at ${what} although its plan waits for more, and lets the plan clean up`,
    async (it, s3) => {
      it.put("a.jsonl", line("a"));
      const object = { name: "a.jsonl", etag: s3.object("raw", "in/a.jsonl")!.etag, bytes: 1, modifiedMs: 0 };
      let isOver = false;
      async function* plan(signal: AbortSignal): AsyncGenerator<Planned> {
        try {
          yield { todo: "process", object, output: undefined };
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        } finally {
          isOver = true;
        }
      }
      const tooLong = new AbortController();
      const timer = setTimeout(() => tooLong.abort(new Error("the job does not end")), 5_000);
      try {
        const { objects } = await it.run({ ...changes, plan, signal: tooLong.signal });
        assertEquals([objects.found, objects.done + objects.failed, isOver], [1, 1, true]);
      } finally {
        clearTimeout(timer);
      }
    },
  );
}

jobTest(
  "Job.run() writes rejects before the output, and removes them when a new object has none",
  async (it, s3) => {
    it.put("a.jsonl", `${line("x")}no json\n\n[]\n`);
    const job = await it.run();
    assertEquals(job.records.reasons, { invalid_json: 1, not_an_object: 1 });
    const puts = new Set(
      s3.requests.filter(({ operation }) => operation === "PutObject").map(({ key }) => key),
    );
    assertEquals([...puts], ["out/_rejects/a.jsonl", "out/a.jsonl"]);
    assertEquals(it.marks("a.jsonl"), "2");
    assertEquals(
      await it.output("_rejects/a.jsonl"),
      `{"object":"s3://raw/in/a.jsonl","line":2,"reason":"invalid_json","text":"no json"}\n` +
        `{"object":"s3://raw/in/a.jsonl","line":4,"reason":"not_an_object","text":"[]"}\n`,
    );
    it.put("a.jsonl", line("x"));
    await it.run();
    assertEquals(s3.keys("mod"), ["out/a.jsonl"]);
    assertEquals(it.marks("a.jsonl"), "0");
  },
);

jobTest(
  "Job.run() rejects the records of a question that the model refuses, in every object",
  async (it, s3) => {
    it.model.options = { refuse: ({ title }) => title === "bad" };
    for (const name of ["a", "b"]) {
      it.put(
        `${name}.jsonl`,
        `${line("bad")}${line(`good ${name}`)}no json\n${line("bad")}`,
      );
    }
    const job = await it.run();
    assertEquals(job.objects.done, 2);
    assertEquals(job.records.reasons, { model_refused: 4, invalid_json: 2 });
    assertEquals(
      it.model.calls.flatMap(({ questions }) => questions).filter(({ title }) => title === "bad").length,
      3,
    );
    for (const name of ["a", "b"]) {
      assertEquals(await it.output(`${name}.jsonl`), answered(`good ${name}`));
      assertEquals(it.marks(`${name}.jsonl`), "3");
      const rejects = (await it.output(`_rejects/${name}.jsonl`)).trimEnd().split("\n").map((line) =>
        JSON.parse(line)
      );
      assertEquals(rejects.map(({ line, reason }) => [line, reason]), [
        [1, "model_refused"],
        [3, "invalid_json"],
        [4, "model_refused"],
      ]);
    }
    assertEquals(s3.count("PutObject"), 5, "one more to see whether conditions hold");
  },
);

jobTest("Job.run() fails an object of which too much is rejected", async (it, s3) => {
  it.put("a.jsonl", `${line("x").repeat(40)}${"no json\n".repeat(60)}`);
  it.put("short.jsonl", line("y") + "no json\n".repeat(98));
  const job = await it.run();
  assertEquals([job.objects.done, job.objects.failed], [1, 1]);
  assertEquals(it.messages, [
    "Cannot finish s3://raw/in/a.jsonl: 60 of 100 records are rejects (60 invalid_json); maxRejects is 50%",
  ]);
  assertEquals(s3.keys("mod"), ["out/_rejects/short.jsonl", "out/short.jsonl"]);
  s3.delete("raw", "in/a.jsonl");
  it.put("a.jsonl", `${line("x").repeat(71)}${"no json\n".repeat(29)}`);
  assertEquals(
    (await it.run({ maxRejects: { percent: 29 } })).objects.failed,
    0,
    "29 of 100 are not more than 29 %",
  );
});

/** Six MiB of lines, so that an output of nine parts begins long before the last line is read. */
const longObject = line("x").repeat(6 * 1024 * 1024 / line("x").length);

jobTest(
  "Job.run() marks an output of several parts with the rejects that its last line brought",
  async (it, s3) => {
    it.put("a.jsonl", `${longObject}${longObject}no json\n`);
    const job = await it.run();
    assertEquals(job.objects.done, 1);
    assertEquals(it.marks("a.jsonl"), "1");
    assertEquals(s3.keys("mod"), ["out/_rejects/a.jsonl", "out/a.jsonl"]);
    assertEquals(
      s3.requests.filter(ofObjects("CreateMultipartUpload")).length,
      2,
      "the first pass learns the number, the second writes it",
    );
    assertEquals(it.model.stats().questions, 1);
  },
);

jobTest("Job.run() starts over when the source was replaced between listing and reading", async (it, s3) => {
  it.put("a.jsonl", line("x"));
  s3.fault({ operation: "GetObject" }, (_, proceed) => {
    it.put("a.jsonl", line("y"));
    return proceed();
  }, { times: 1 });
  const job = await it.run();
  assertEquals(job.objects.done, 1);
  assertEquals(await it.output("a.jsonl"), answered("y"));
  assertEquals((await it.run()).objects.skipped, 1);
});

jobTest(
  "Job.run() leaves an output alone that another process wrote correctly meanwhile",
  async (it, s3) => {
    it.put("a.jsonl", line("x"));
    s3.fault({ operation: "PutObject" }, async (_, proceed) => {
      await it.run(); // the other run
      return proceed();
    }, { times: 1 });
    const job = await it.run();
    assertEquals(job.objects, { found: 1, skipped: 1, done: 0, failed: 0, gone: 0, ignored: 0 });
    assertEquals(it.messages, [
      "Skipped s3://mod/out/a.jsonl: another process has written it in the meantime, as it should be",
    ]);
  },
);

jobTest(
  "Job.run() overwrites an output that another process wrote differently, under its condition",
  async (it, s3) => {
    it.put("a.jsonl", line("x"));
    s3.fault({ operation: "PutObject" }, (_, proceed) => {
      s3.put("mod", "out/a.jsonl", encoder.encode("something else"), otherMark);
      return proceed();
    }, { times: 1 });
    assertEquals((await it.run()).objects.done, 1);
    assertEquals(await it.output("a.jsonl"), answered("x"));
  },
);

jobTest(
  "Job.run() fails an object whose output Sluice did not write, before it asks, and does the others",
  async (it, s3) => {
    for (const name of ["a.jsonl", "b.jsonl"]) it.put(name, line("x"));
    s3.put("mod", "out/a.jsonl", "mine");
    const { objects } = await it.run();
    assertEquals([objects.done, objects.failed, it.model.stats().questions], [1, 1, 1]);
    assertEquals(it.messages, [
      "Cannot finish s3://raw/in/a.jsonl: Cannot write s3://mod/out/a.jsonl: a file of that name is there that " +
      "Sluice did not write, or that was changed since, or whose mark is lost (marks are in the metadata of " +
      "objects): move it, choose another --to, or use --overwrite",
    ]);
    assertEquals(await it.output("a.jsonl"), "mine");
    assertEquals((await it.run({ overwrite: true })).objects.done, 1);
    assertEquals(await it.output("a.jsonl"), answered("x"));
    assertEquals((await it.run()).objects.skipped, 2);
  },
);

jobTest("Job.run() fails an object whose output another program writes meanwhile", async (it, s3) => {
  it.put("a.jsonl", line("x"));
  s3.fault({ operation: "PutObject" }, (_, proceed) => {
    s3.put("mod", "out/a.jsonl", "mine");
    return proceed();
  }, { times: 1 });
  assertEquals((await it.run()).objects.failed, 1);
  assertEquals(await it.output("a.jsonl"), "mine");
});

jobTest("Job.run() keeps what Sluice did not write under the name of rejects", async (it, s3) => {
  for (const [name, kept] of [["a", "mine"], ["b", '{"object":1}\n']] as const) {
    it.put(`${name}.jsonl`, line("x"));
    s3.put("mod", `out/_rejects/${name}.jsonl`, kept);
  }
  // What an earlier run has left is ours, also where its output is missing.
  it.put("c.jsonl", line("x"));
  s3.put("mod", "out/_rejects/c.jsonl", '{"object":"c","line":1,"reason":"not_json","text":"x"}\n');
  const { objects } = await it.run();
  assertEquals([objects.done, objects.failed, it.model.stats().questions], [1, 2, 1]);
  assertStringIncludes(
    it.messages.join("\n"),
    "Cannot write s3://mod/out/_rejects/a.jsonl: a file of that name is there that Sluice did not write: move it",
  );
  assertEquals(s3.keys("mod"), ["out/_rejects/a.jsonl", "out/_rejects/b.jsonl", "out/c.jsonl"]);
  assertEquals((await it.run({ overwrite: true })).objects.done, 2);
  assertEquals(s3.keys("mod"), ["a", "b", "c"].map((name) => `out/${name}.jsonl`));
});

jobTest("Job.run() marks outputs with whose answers they are", async (it) => {
  it.put("a.jsonl", line("x"));
  const answersOrigin = { fingerprint: "0123456789abcdef", model: "Modèle:1, keys exact" };
  await it.run({ answersOrigin });
  assertEquals(
    (await it.destination.head("a.jsonl", new AbortController().signal))?.mark?.answers,
    answersOrigin,
  );
});

jobTest("Job.run() begins no object after stop, and finishes those under way", async (it, s3) => {
  const stop = new AbortController();
  for (let i = 0; i < 9; i++) it.put(`${i}.jsonl`, line(`${i}`));
  it.model.options = { delayMs: 20 };
  s3.fault({ operation: "GetObject" }, (_, proceed) => {
    stop.abort();
    return proceed();
  });
  const job = await it.run({ stop: stop.signal });
  assertEquals([job.objects.failed, job.objects.done > 0, job.remaining > 0], [0, true, true]);
  assertEquals(it.messages, []);
  assertEquals((await it.run()).objects.skipped, job.objects.done);
});

jobTest("Job.run() ends with the signal's reason and leaves nothing half done", async (it, s3) => {
  const stop = new AbortController();
  for (const name of ["a", "b", "c"]) it.put(`${name}.jsonl`, longObject + line(name));
  s3.fault(ofObjects("UploadPart"), (_, proceed) => {
    stop.abort(new Error("stopped by a test"));
    return proceed();
  });
  await assertRejects(() => it.run({ signal: stop.signal }), Error, "stopped by a test");
  assertEquals((await it.run()).remaining, 0);
});

jobTest("Job.run() gets on with every run that may ask a few questions only", async (it) => {
  it.put("a.jsonl", Array.from({ length: 25 }, (_, i) => line(`title ${i}`)).join(""));
  for (const asked of [10, 20, 25]) {
    await it.run({ maxQuestions: 10 });
    assertEquals(it.model.stats().questions, asked);
  }
  assertEquals(it.model.stats().keysAskedTwice, 0);
  const { done, skipped } = (await it.run()).objects;
  assertEquals(done + skipped, 1);
});

jobTest("Job.run() waits for a call whose object has failed: its answers are paid for", async (it, s3) => {
  it.put("a.jsonl", line("x"));
  it.put("b.jsonl", `${line("x")}no json\n`.repeat(60));
  it.model.options = { delayMs: 50 };
  s3.fault({ operation: "GetObject", key: "in/b.jsonl" }, { status: 403, code: "AccessDenied" });
  await it.run({ maxRejects: { count: 0 } });
  assertEquals(it.model.stats().questions, 1);
  await it.run({ force: true });
  assertEquals(it.model.stats().questions, 1);
});

jobTest(
  "Job.run() continues when the source of one object fails after its first questions",
  async (it, s3) => {
    const lines = Array.from({ length: 400 }, (_, i) => line(`title ${i}`)).join("");
    s3.put("raw", "in/a.jsonl.gz", new Uint8Array(gzipSync(lines)).slice(0, -5));
    it.put("b.jsonl", line("title 1"));
    const job = await it.run();
    assertEquals([job.objects.done, job.objects.failed], [1, 1]);
    assertEquals(await it.output("b.jsonl"), answered("title 1"));
    assertEquals(it.messages.length, 1);
    assertStringIncludes(it.messages[0]!, "Cannot finish s3://raw/in/a.jsonl.gz: gzip ends in the middle");
  },
);

jobTest("Job.run() does not wait for a part that stalls when the source has failed", async (it, s3) => {
  it.put("a.jsonl", longObject.repeat(3));
  const stalled = Promise.withResolvers<"cut">();
  s3.fault(ofObjects("UploadPart"), () => stalled.promise, { times: 99 });
  s3.fault({ operation: "GetObject" }, { cutAfterBytes: 14 * 1024 * 1024 });
  s3.fault({ operation: "GetObject" }, { status: 404, code: "NoSuchKey" }, { times: 99 });
  const job = await it.run();
  stalled.resolve("cut");
  assertEquals(job.objects.gone, 1);
});

jobTest("Job.run() is not kept by a ledger that fails", async (it) => {
  it.put("a.jsonl", line("x"));
  const ledger = openLedger("/dev/null/ledger.db", (message) => it.messages.push(message));
  assertEquals((await it.run({ ledger })).objects.done, 1);
  assertEquals(it.messages.length, 1);
  assertStringIncludes(
    it.messages[0]!,
    "Continuing without the ledger: Cannot open ledger /dev/null/ledger.db: ",
  );
});

jobTest("Job.run() takes maxRejects as a percentage to the letter", async (it) => {
  it.put("a.jsonl", `${line("x").repeat(71)}${"no json\n".repeat(29)}`);
  assertEquals((await it.run({ maxRejects: { percent: 28 } })).objects.failed, 1);
  assertEquals((await it.run({ maxRejects: { percent: 29 } })).objects.done, 1);
});

jobTest("Job.run() says of each record where its answer came from", async (it) => {
  it.put("a.jsonl", line("old"));
  await it.run();
  it.put("b.jsonl", `${line("old")}${line("new")}{"source":[1],"company":"Acme","title":"new"}\n`);
  it.put("c.csv", "source,company,title\nx,Acme,old\n");
  const withOrigins: Recipe = { ...recipe, provenanceField: "source" };
  const scanner = new LineScanner({ recipe: withOrigins });
  const fingerprint = await recipeFingerprint(withOrigins);
  const job = await it.run({ recipe: withOrigins, fingerprint, scanner, keepsOrigins: true });
  assertEquals(job.objects.done, 3, "the object of the other recipe is done again");
  const toldLine = (title: string, origin: string) => answered(title).replace("}", `,"source":"${origin}"}`);
  assertEquals(await it.output("a.jsonl"), toldLine("old", "cache"));
  assertEquals(
    await it.output("b.jsonl"),
    toldLine("old", "cache") + toldLine("new", "model") +
      `{"source":"model","company":"Acme","title":"new","seniority":${fakeLevel("Acme", "new")}}\n`,
  );
  assertEquals(
    await it.output("c.csv"),
    `source,company,title,seniority\ncache,Acme,old,${fakeLevel("Acme", "old")}\n`,
  );
});

jobTest(
  "Job.run() writes null for rare pairs and lists them, and a fill takes exactly these objects again",
  async (it, s3) => {
    const rarely: Recipe = { ...recipe, rare: { probability: 0, below: 2 } };
    const fingerprint = await recipeFingerprint(rarely);
    const shortcut = new RarePairs({ below: 2, probability: 0, sketch: new CountMinSketch(1_048_576) });
    const options = { recipe: rarely, fingerprint, listsSkipped: true };
    const none = (title: string) => answered(title).replace(/:\d}/, ":null}");
    it.put("a.jsonl", line("twice") + line("once") + line("twice"));
    it.put("b.jsonl", line("twice"));
    it.put("c.csv", "company,title\nAcme,only\n");
    const job = await it.run({ ...options, shortcut });
    assertEquals([job.records.out, job.records.skipped], [5, 2]);
    assertEquals(await it.output("a.jsonl"), answered("twice") + none("once") + answered("twice"));
    assertEquals(await it.output("c.csv"), "company,title,seniority\nAcme,only,\n");
    assertEquals(
      await it.output("_skipped/a.jsonl"),
      '{"object":"s3://raw/in/a.jsonl","company":"Acme","title":"once","records":1}\n',
    );
    const lists = ["a.jsonl", "c.csv"].map((name) => `out/_skipped/${name}`);
    assertEquals(s3.keys("mod").filter((key) => key.includes("_skipped")), lists);
    assertEquals((await it.run({ ...options, shortcut })).objects.skipped, 3, "they are done");

    const skipped = await S3Store.open("s3://mod/out/_skipped/", it.s3Options);
    const fill = () =>
      it.run({
        ...options,
        plan: (signal) => planFill({ ...it, fingerprint, skipped, maySkip: true, signal }),
      });
    const conditions: (string | null)[] = [];
    s3.fault(({ headers, operation, key }) => {
      if (operation === "PutObject" && key === "out/a.jsonl") conditions.push(headers.get("if-match"));
      return false;
    }, { status: 500, code: "never" });
    const before = s3.object("mod", "out/a.jsonl")!.etag;
    const filled = await fill();
    assertEquals(conditions, [`"${before}"`], "over the output that was seen");
    assertEquals([filled.objects.found, filled.objects.done, filled.records.skipped], [2, 2, 0]);
    assertEquals(await it.output("a.jsonl"), answered("twice") + answered("once") + answered("twice"));
    assertEquals(
      await it.output("c.csv"),
      `company,title,seniority\nAcme,only,${fakeLevel("Acme", "only")}\n`,
    );
    assertEquals(s3.keys("mod"), ["out/a.jsonl", "out/b.jsonl", "out/c.csv"]);
    assertEquals((await fill()).objects.found, 0, "nothing is left to do");
    assertEquals((await it.run({ ...options, shortcut })).objects.skipped, 3, "they are still processed");
    assertEquals(it.model.stats().keysAskedTwice, 0);
    await skipped.close();
  },
);
