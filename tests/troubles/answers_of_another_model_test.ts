import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { recipeFingerprint } from "../../lib/recipe/recipe.ts";
import { Scene } from "../errors/scene.ts";
import { testRecipe } from "../fakes/recipe.ts";

const titles = ["Intern", "Senior Welder", "Head of Tests", "CEO"];
const postings = titles.map((title) => JSON.stringify({ company: "Acme", title }) + "\n").join("");

/** A scene with postings in two files, and where its parts are. */
async function begin() {
  const scene = await Scene.create();
  const { folder } = scene;
  for (const name of ["a", "b"]) scene.write(`in/${name}.jsonl`, postings);
  const cache = ["--cache", `sqlite:${folder}/cache.db`];
  const run = (model: string, to: string, ...more: string[]) =>
    scene.figures([
      ...["run", "--from", `${folder}/in`, "--to", `${folder}/${to}`, "--model", model, "--quiet"],
      ...["--ledger", `${folder}/state/ledger.db`, "--model-calls-per-second", "1000", ...more],
    ]);
  const warm = (from: string, ...more: string[]) =>
    scene.figures(["warm", "--from-output", `${folder}/${from}`, ...cache, ...more]);
  return { scene, folder, cache, run, warm, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() };
}

Deno.test("warm --from-output refuses the word list's answers for a model, which is then asked", async () => {
  await using it = await begin();
  const model = await it.scene.model();
  await it.run("reference:", "ref_out", "--cache", "none:");
  const warmed = await it.warm("ref_out");
  assertEquals(warmed.status, 1);
  assertEquals([warmed.figures.objects.read, warmed.figures.objects.refused, warmed.figures.pairs.answered], [
    0,
    2,
    0,
  ]);
  assertEquals(
    warmed.figures.output.refusals[0].object,
    `file://${it.folder}/ref_out/a.jsonl`,
  );
  assertStringIncludes(
    warmed.text,
    `Cannot take the answers of file://${it.folder}/ref_out/a.jsonl: its answers are of ` +
      "reference:1, keys exact (the word list), not of seniority:1, keys exact\n",
  );
  // Nobody can say that made-up answers are a model's.
  assertEquals((await it.warm("ref_out", "--trust-model", "seniority:1")).figures.objects.refused, 2);
  const { figures } = await it.run(model.url, "out", ...it.cache);
  assertEquals([figures.keys.asked, figures.records.out], [titles.length, 2 * titles.length]);
  // They are the word list's own.
  assertEquals((await it.warm("ref_out", "--model", "reference:")).figures.pairs.answered, titles.length);
});

Deno.test("warm --from-output refuses another version's answers, and takes them if told whose they are", async () => {
  await using it = await begin();
  const model = await it.scene.model();
  await it.run(model.url, "out", "--cache", "none:", "--model-version", "2");
  const three = ["--model-version", "3"];
  const refused = await it.warm("out", ...three);
  assertEquals([refused.status, refused.figures.objects.refused, refused.figures.pairs.answered], [1, 2, 0]);
  assertStringIncludes(
    refused.text,
    "its answers are of seniority:2, keys exact, not of seniority:3, keys exact",
  );
  assertStringIncludes(
    refused.text,
    "Refused 2 objects: set --model-name, --model-version, --normalize and the names of fields to what the answers " +
      "are of; or, if you know that they are answers of seniority:3, add --trust-model seniority:3",
  );
  const other = await it.scene.sluice([
    ...["warm", "--from-output", `${it.folder}/out`, ...it.cache, ...three, "--trust-model", "seniority:2"],
  ]);
  assertEquals(other, {
    status: 2,
    text:
      "sluice: Cannot use --trust-model seniority:2: the answers would be stored as those of seniority:3; " +
      "set --model-name and --model-version to the model that they are of",
  });
  const trusted = await it.warm("out", ...three, "--trust-model", "seniority:3");
  assertEquals([trusted.status, trusted.figures.objects.trusted], [0, 2]);
  assertEquals(trusted.figures.pairs.answered, titles.length);
  // Their own version's, without a word.
  const own = await it.warm("out", "--model-version", "2");
  assertEquals([own.status, own.figures.objects.trusted, own.figures.pairs.answered], [0, 0, titles.length]);
});

Deno.test("warm --from-output takes those answers that are the model's, and refuses the others", async () => {
  await using it = await begin();
  await it.run("reference:", "out", "--cache", "none:", "--include", "a.jsonl");
  await it.run("reference:", "out", "--cache", "none:", "--include", "b.jsonl", "--model-version", "2");
  const { figures, status } = await it.warm("out", "--model", "reference:", "--model-version", "2");
  assertEquals([status, figures.objects.read, figures.objects.refused], [1, 1, 1]);
  assertEquals(figures.pairs.answered, titles.length);
});

Deno.test("warm --from-output refuses answers to other keys, by --normalize", async () => {
  await using it = await begin();
  await it.run("reference:", "out", "--cache", "none:");
  const { figures } = await it.warm("out", "--model", "reference:", "--normalize", "fold");
  assertEquals([figures.objects.refused, figures.pairs.answered], [2, 0]);
});

Deno.test("warm --from-output refuses answers to other fields, or in another one", async () => {
  await using it = await begin();
  const lines = [{ company: "Acme", title: "CEO", employer: "Bolt", role: "Intern", seniority: 3 }];
  for (const name of ["a", "b"]) it.scene.write(`in/${name}.jsonl`, JSON.stringify(lines[0]) + "\n");
  const ways = [["--company-field", "employer", "--title-field", "role"], ["--output-field", "level"]];
  const texts = ["employer and role to seniority", "company and title to level"];
  for (const [i, way] of ways.entries()) {
    await it.run("reference:", `out${i}`, "--cache", "none:", ...way);
    const { figures, status, text } = await it.warm(`out${i}`, "--model", "reference:");
    assertEquals([status, figures.objects.refused, figures.pairs.answered], [1, 2, 0]);
    assertStringIncludes(
      text,
      `are of reference:1, keys exact, ${texts[i]} (the word list), not of reference:1`,
    );
    const own = await it.warm(`out${i}`, "--model", "reference:", ...way);
    assertEquals([own.status, own.figures.objects.refused, own.figures.pairs.distinct], [0, 0, 1]);
  }
});

Deno.test("warm --from-output refuses answers that similar titles share, unless it is told to take them", async () => {
  await using it = await begin();
  await it.run("reference:", "out", "--cache", "none:", "--cluster");
  const { figures, text } = await it.warm("out", "--model", "reference:");
  assertEquals([figures.objects.refused, figures.pairs.answered], [2, 0]);
  assertStringIncludes(text, "are of reference:1, keys exact, shared by similar titles");
  const trusted = await it.warm("out", "--model", "reference:", "--trust-model", "reference:1");
  assertEquals([trusted.status, trusted.figures.objects.trusted], [0, 2]);
});

Deno.test("warm --from-output finds the marks of a part of a run's destination", async () => {
  await using it = await begin();
  it.scene.write("in/2026/07/c.jsonl", postings);
  await it.run("reference:", "out", "--cache", "none:");
  for (const part of ["out/2026", "out/2026/07", "out/2026/07/c.jsonl"]) {
    const { figures, status } = await it.warm(part, "--model", "reference:");
    assertEquals([status, figures.objects.read, figures.objects.trusted], [0, 1, 0], part);
  }
});

Deno.test("warm --from-output takes outputs of version 0.2 by their recipe, and refuses those of another one", async () => {
  await using it = await begin();
  const recipe = { ...testRecipe, modelName: "seniority", outputField: "seniority" };
  const line = JSON.stringify({ company: "Acme", title: "CEO", seniority: 7 }) + "\n";
  const names = ["own", "other", "list", "unmarked"];
  for (const name of names) it.scene.write(`old/${name}.jsonl`, line);
  {
    using manifest = new DatabaseSync(`${it.folder}/old/.sluice-manifest.db`);
    manifest.exec(`CREATE TABLE marks (
      name TEXT PRIMARY KEY, etag TEXT NOT NULL,
      source_etag TEXT NOT NULL, recipe TEXT NOT NULL, rejects INTEGER NOT NULL
    ) WITHOUT ROWID`);
    const insert = manifest.prepare("INSERT INTO marks VALUES (?, ?, 's', ?, 0)");
    const made = {
      own: recipe,
      other: { ...recipe, modelVersion: "0" },
      list: { ...recipe, modelName: "reference" },
    };
    for (const [name, of] of Object.entries(made)) {
      const { ino, mtime, size } = Deno.statSync(`${it.folder}/old/${name}.jsonl`);
      const etag = [size, mtime!.getTime(), ino!].map((n) => n.toString(16)).join("-");
      insert.run(`${name}.jsonl`, etag, await recipeFingerprint(of));
    }
  }
  const { figures, status } = await it.warm("old");
  assertEquals([status, figures.objects.read, figures.objects.refused, figures.pairs.answered], [1, 1, 3, 1]);
  const reasons = figures.output.refusals.map(({ reason }: { reason: string }) => reason);
  assertEquals(reasons[0], "its answers are the word list's, not of seniority:1, keys exact");
  assertStringIncludes(reasons[1], "its mark is of another recipe (");
  assertEquals(reasons[2], "it has no mark of Sluice, so whose answers it holds is unknown");
  const trusted = await it.warm("old", "--trust-model", "seniority:1");
  assertEquals([trusted.figures.objects.trusted, trusted.figures.objects.refused], [2, 1]);
});

Deno.test("warm --from-output reads whose answers they are in S3", async () => {
  await using it = await begin();
  const s3 = await it.scene.s3();
  await it.scene.run({ to: "s3://mod/out/", cache: "none:" });
  assertEquals(
    s3.object("mod", "out/a.jsonl")?.headers["x-amz-meta-sluice-model"],
    "reference:1,%20keys%20exact",
  );
  s3.put("mod", "out/z.jsonl", `{"company":"Acme","title":"CEO","seniority":7}\n`);
  const from = ["warm", "--from-output", "s3://mod/out/", ...it.cache];
  const refused = await it.scene.figures(from);
  assertEquals([refused.status, refused.figures.objects.refused], [1, 3]);
  const own = await it.scene.figures([...from, "--model", "reference:"]);
  assertEquals([own.status, own.figures.objects.read, own.figures.objects.refused], [1, 2, 1]);
});

Deno.test("cache import refuses another model's export, and one that does not say whose it is", async () => {
  await using it = await begin();
  await it.run("reference:", "out", ...it.cache);
  const { stdout } = await it.scene.streams(["cache", "export", ...it.cache, "--model", "reference:"]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(JSON.parse(lines[0]!), {
    sluice: "cache",
    model: "reference",
    version: "1",
    normalize: "exact",
    namespace: "8e88c72e6eadaa30",
  });
  const [, ...answers] = lines;
  const whole = it.scene.write("whole.jsonl", stdout);
  const bare = it.scene.write("bare.jsonl", answers.join("\n"));
  const zipped = it.scene.write("whole.jsonl.gz", new Uint8Array(gzipSync(stdout)));
  const other = ["--cache", `sqlite:${it.folder}/other.db`];
  const stored = async (...flags: string[]) =>
    JSON.parse((await it.scene.streams(["cache", "stats", "--json", ...other, ...flags])).stdout).entries;
  const load = (file: string, ...flags: string[]) =>
    it.scene.sluice(["cache", "import", file, ...other, ...flags]);

  for (const flags of [[], ["--trust-model", "seniority:1"]]) {
    const { status, text } = await load(whole, ...flags);
    assertEquals(status, 1);
    assertStringIncludes(
      text,
      `sluice: Cannot import line 1 of ${whole}: what follows are answers of model reference 1, keys exact, not of ` +
        "model seniority 1, keys exact: those of the word list are made up, and are never another model's",
    );
  }
  const unknown = await load(bare);
  assertEquals(unknown.status, 1);
  assertStringIncludes(
    unknown.text,
    `sluice: Cannot import line 1 of ${bare}: nothing before it says whose answers these are, as the first line of ` +
      "an export does: add --trust-model seniority:1 if they are answers of seniority:1",
  );
  assertEquals(await stored(), 0);

  for (const file of [whole, zipped]) assertEquals((await load(file, "--model", "reference:")).status, 0);
  assertEquals(await stored("--model", "reference:"), titles.length);
  assertEquals((await load(bare, "--trust-model", "seniority:1")).status, 0);
  assertEquals(await stored(), titles.length);
});

Deno.test("cache import holds each export of several to its first line", async () => {
  await using it = await begin();
  const exported = (version: string, title: string) =>
    JSON.stringify({ sluice: "cache", model: "seniority", version, normalize: "exact", namespace: version }) +
    "\n" +
    JSON.stringify({ company: "Acme", title, answer: 3 }) + "\n";
  await it.scene.sluice(["cache", "set", "--company", "x", "--title", "x", "--answer", "1", ...it.cache]);
  const { stdout } = await it.scene.streams(["cache", "stats", "--json", ...it.cache]);
  const { namespace } = JSON.parse(stdout).recipe;
  const both = exported("1", "a").replace('"namespace":"1"', `"namespace":"${namespace}"`) +
    exported("2", "b");
  const file = it.scene.write("both.jsonl", both);
  const { status, text } = await it.scene.sluice(["cache", "import", file, ...it.cache]);
  assertEquals(status, 1);
  assertStringIncludes(text, "Stored 1 answer in ");
  assertStringIncludes(
    text,
    `Cannot import line 3 of ${file}: what follows are answers of model seniority 2, keys exact, not of model ` +
      "seniority 1, keys exact: set --model-name, --model-version and --normalize to theirs, or add " +
      "--trust-model seniority:1 if you know better",
  );
});

Deno.test("cache import refuses hashes of keys of another --normalize, whatever the user says", async () => {
  await using it = await begin();
  await it.run("reference:", "out", ...it.cache);
  const reference = ["--model", "reference:", ...it.cache];
  const fold = [...reference, "--normalize", "fold", "--trust-model", "reference:1"];
  const hashes = it.scene.write(
    "hashes.jsonl",
    (await it.scene.streams(["cache", "export", ...reference])).stdout,
  );
  const refused = await it.scene.sluice(["cache", "import", hashes, ...fold]);
  assertEquals(refused.status, 1);
  assertStringIncludes(refused.text, "its hash is of a key as --normalize exact has it, not fold");
  const pairs = it.scene.write(
    "pairs.jsonl",
    (await it.scene.streams(["cache", "export", "--keys", `${it.folder}/in/a.jsonl`, ...reference])).stdout,
  );
  assertEquals((await it.scene.sluice(["cache", "import", pairs, ...fold])).status, 0);
});

Deno.test("sluice refuses to keep the word list's answers as a model's, and a model's as the word list's", async () => {
  await using it = await begin();
  assertEquals(await it.scene.run({ "model-name": "seniority" }), {
    status: 2,
    text:
      "sluice: Cannot use model reference: with modelName seniority: its answers are made up, and would be kept " +
      "as those of seniority; leave modelName out, or set it to reference",
  });
  assertEquals(await it.scene.run({ model: "grpc://127.0.0.1:1", "model-name": "reference" }), {
    status: 2,
    text:
      "sluice: Cannot use modelName reference for this model: it is the word list's (model reference:), whose " +
      "answers are made up; choose another name",
  });
  for (const command of ["watch", "check", "estimate"]) {
    const { folder } = it;
    const { status } = await it.scene.sluice([
      ...[command, "--from", `${folder}/in`, "--to", `${folder}/out`, "--model", "reference:"],
      ...["--model-name", "seniority", "--cache", "none:"],
    ]);
    assertEquals(status, 2, command);
  }
});
