import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { parse } from "csv-parse/sync";
import { gzip } from "pako";
import { type Io, Stop } from "../../../lib/cli/io.ts";
import { program } from "../../../lib/cli/program.ts";
import { awsEnvironment } from "../../fakes/aws_environment.ts";
import { FakeS3 } from "../../fakes/s3.ts";

interface CallOptions {
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly stderrIsTerminal?: boolean;
}

async function call(args: string[], options: CallOptions = {}) {
  let stdout = "", stderr = "";
  const io: Io = {
    stdout: (text) => stdout += text,
    stderr: (text) => stderr += text,
    stdin: ReadableStream.from([]),
    stdoutIsTerminal: false,
    stderrIsTerminal: options.stderrIsTerminal ?? false,
    signal: options.signal ?? new AbortController().signal,
  };
  const status = await program(["report", ...args], io, { env: options.env ?? {} });
  return { status, stdout, stderr };
}

const line = (record: unknown) => `${JSON.stringify(record)}\n`;
const acme = { company: "Acme", location: { country: "CA" }, seniority: 2 };
const bolt = { company: "Bolt", location: { country: "FR" }, seniority: 5 };
const zeta = { company: "Zeta", seniority: 7 };
const objects: Readonly<Record<string, string>> = {
  "1700000000.jsonl": line(acme).repeat(3) + line(bolt),
  "1700000060.jsonl": line({ ...acme, seniority: 3 }) + line(bolt) + line(zeta) + line({ company: "Acme" }) +
    "x\n",
  "_rejects/1700000060.jsonl": line({ ...zeta, company: "rejected" }),
};

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(objects)) {
      Deno.mkdirSync(`${folder}/out/_rejects`, { recursive: true });
      Deno.writeTextFileSync(`${folder}/out/${name}`, text);
    }
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const notes = "Left out: 1 record without a level\nLeft out: 1 invalid line\n";

/** The groups and the average level of each, as JSON gives them. */
async function averages(...args: string[]): Promise<Record<string, number>> {
  const { status, stdout, stderr } = await call([...args, "--format", "json"]);
  assertEquals(status, 0, stderr);
  const { groups } = JSON.parse(stdout) as { groups: { names: (string | null)[]; average: number }[] };
  return Object.fromEntries(groups.map(({ names, average }) => [names.join(), average]));
}

Deno.test("report() writes a table by default", () =>
  inFolder(async (folder) => {
    const { status, stdout, stderr } = await call(["--from", `${folder}/out`, "--by", "company"]);
    assertEquals([status, stderr], [0, ""]);
    const lines = stdout.split("\n");
    assertEquals(lines[0], "Seniority by company: 7 records in 3 groups, average level 3.71, median 3");
    assertEquals(lines.slice(5, 8).map((line) => line.split(/ +/).slice(0, 3)), [
      ["Acme", "4", "2.25"],
      ["Bolt", "2", "5.00"],
      ["Zeta", "1", "7.00"],
    ]);
    assertStringIncludes(stdout, notes);
  }));

Deno.test("report() has 20 rows in a table and all in a file, where --top says nothing", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(
      `${folder}/out/3.jsonl`,
      Array.from({ length: 30 }, (_, i) => line({ ...acme, company: `c${i}` })).join(""),
    );
    const from = ["--from", `${folder}/out`, "--by", "company"];
    assertStringIncludes((await call(from)).stdout, "\nall others (13) ");
    assertEquals(parse((await call([...from, "--format", "csv"])).stdout).length, 1 + 33);
    const top = await call([...from, "--format", "csv", "--top", "2"]);
    assertEquals((parse(top.stdout) as string[][]).map((row) => row.slice(0, 2)), [
      ["company", "records"],
      ["Acme", "4"],
      ["Bolt", "2"],
      ["all others (31)", "31"],
    ]);
    assertEquals(top.stderr, notes);
  }));

Deno.test("report() groups by several fields and paths, said either way", () =>
  inFolder(async (folder) => {
    const from = ["--from", `${folder}/out`];
    const expected = { "Acme,CA": 2.25, "Bolt,FR": 5, "Zeta,": 7 };
    assertEquals(await averages(...from, "--by", "company,location.country"), expected);
    assertEquals(await averages(...from, "--by", "company", "--by", "location.country,company"), expected);
  }));

Deno.test("report() takes the given objects, and a single file, with gzip", () =>
  inFolder(async (folder) => {
    const out = `${folder}/out`;
    assertEquals(await averages("--from", out, "--by", "company", "--until", "1700000060"), {
      Acme: 2,
      Bolt: 5,
    });
    assertEquals(
      await averages("--from", out, "--by", "company", "--since", "1700000060", "--exclude", "b*"),
      {
        Acme: 3,
        Bolt: 5,
        Zeta: 7,
      },
    );
    assertEquals(await averages("--from", out, "--by", "company", "--include", "*00.jsonl"), {
      Acme: 2,
      Bolt: 5,
    });
    Deno.writeFileSync(`${folder}/a.ndjson.gz`, gzip(objects["1700000000.jsonl"]!));
    assertEquals(await averages("--from", `${folder}/a.ndjson.gz`, "--by", "company"), { Acme: 2, Bolt: 5 });
  }));

Deno.test("report() finds the level in --field, else in the settings' outputField", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/b.jsonl`, line({ company: "a", level: 3, answer: { level: 4 } }));
    const args = ["--from", `${folder}/b.jsonl`, "--by", "company", "--format", "csv"];
    const average = async (more: string[], env: Record<string, string> = {}) =>
      (await call([...args, ...more], { env })).stdout.split(",").at(-15);
    assertEquals(await average(["--field", "answer.level"], { SLUICE_OUTPUT_FIELD: "level" }), "4");
    assertEquals(await average([], { SLUICE_OUTPUT_FIELD: "level" }), "3");
    const { status, stderr } = await call(args);
    assertEquals(status, 1);
    assertStringIncludes(stderr, 'of 1 record, none has a level from 1 to 7 in the field "seniority"');
  }));

Deno.test("report() takes --from from the command line only", () =>
  inFolder(async (folder) => {
    const { status, stderr } = await call(["--by", "company"], { env: { SLUICE_FROM: `${folder}/out` } });
    assertEquals(status, 2);
    assertMatch(stderr, /^sluice: Cannot start without --from: .*\n$/);
    const other = await call(["--from", `${folder}/out`, "--by", "company"], {
      env: { SLUICE_FROM: "elsewhere" },
    });
    assertEquals(other.status, 0);
  }));

Deno.test("report() writes a file in the format of its name", () =>
  inFolder(async (folder) => {
    for (
      const [name, begins] of [["a.html", "<!doctype html>"], ["a.CSV", '"company",'], ["a.json", "{"], [
        "a.txt",
        "Sen",
      ]]
    ) {
      const to = `${folder}/${name}`;
      const { status, stdout, stderr } = await call([
        "--from",
        `${folder}/out`,
        "--by",
        "company",
        "--to",
        to,
      ]);
      assertEquals([status, stdout, stderr], [0, "", `${notes}Wrote ${to}\n`]);
      assert(Deno.readTextFileSync(to).startsWith(begins!), name);
    }
    const to = `${folder}/b.html`;
    await call(["--from", `${folder}/out`, "--by", "company", "--format", "json", "--to", to]);
    assertEquals(JSON.parse(Deno.readTextFileSync(to)).by, ["company"]);
  }));

Deno.test("report() leaves the file as it was when it cannot be made", () =>
  inFolder(async (folder) => {
    const to = `${folder}/a.json`;
    Deno.writeTextFileSync(to, "before");
    const { status, stderr } = await call(["--from", `${folder}/none`, "--by", "company", "--to", to]);
    assertEquals([status, stderr], [
      1,
      `sluice: Cannot open ${folder}/none: there is no such file or folder; check the path\n`,
    ]);
    assertEquals(Deno.readTextFileSync(to), "before");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["a.json", "out"]);
  }));

Deno.test("report() ends at a signal", () =>
  inFolder(async (folder) => {
    const signal = AbortSignal.abort(new Stop("SIGINT"));
    const { status, stdout, stderr } = await call(["--from", `${folder}/out`, "--by", "company"], { signal });
    assertEquals([status, stdout, stderr], [130, "", "sluice: Stopped by SIGINT\n"]);
  }));

Deno.test("report() takes its progress away, and shows none with --quiet", () =>
  inFolder(async (folder) => {
    const args = ["--from", `${folder}/out`, "--by", "company", "--to", `${folder}/a.csv`];
    assertStringIncludes(
      (await call(args, { stderrIsTerminal: true })).stderr,
      "\r\x1b[KLeft out: 1 record without a level\n",
    );
    assertEquals((await call([...args, "--quiet"], { stderrIsTerminal: true })).stderr, notes);
  }));

Deno.test("report() reads S3, and says that there is nothing", async () => {
  await using s3 = await FakeS3.start({ buckets: ["mod"] });
  for (const [name, text] of Object.entries(objects)) s3.put("mod", `postings/${name}`, text);
  using _ = await awsEnvironment(s3.environment);
  assertEquals(await averages("--from", "s3://mod/postings/", "--by", "company"), {
    Acme: 2.25,
    Bolt: 5,
    Zeta: 7,
  });
  const { status, stdout, stderr } = await call(["--from", "s3://mod/none/", "--by", "company"]);
  assertEquals([status, stdout], [4, ""]);
  assertEquals(stderr, "sluice: Cannot report on s3://mod/none/: there are no objects\n");
});
