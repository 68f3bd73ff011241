/** `--from -` and `--to -`: one stream in, one stream out, and nothing lost in silence. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { gunzipSync, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { record, Scene } from "../errors/scene.ts";

const model = ["--model", "reference:", "--cache", "none:"];
const through = ["run", "--from", "-", "--to", "-", "--ledger", "/dev/null/none", ...model];

function input(bytes: string | Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([bytes as BlobPart]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
}

Deno.test("run --from - --to - puts an answer on each record, in their order, and the summary on standard error", async () => {
  await using scene = await Scene.create();
  const text = '{"company":"A","title":"CEO","n":12345678901234567890}\r\n\n{"title":"CTO","company":"B"}';
  const { status, stderr, stdout } = await scene.streams(through, { stdin: input(text) });
  assertEquals(
    stdout,
    '{"company":"A","title":"CEO","n":12345678901234567890,"seniority":7}\n{"title":"CTO","company":"B","seniority":7}\n',
  );
  assertEquals(status, 0);
  assertMatch(stderr, /^objects: +1 processed\nrecords: +3 in, 2 out, 1 blank\n/m);
});

Deno.test("run --from - --to - --format csv reads rows, and --json prints the figures on standard error", async () => {
  await using scene = await Scene.create();
  const flags = [...through, "--format", "csv", "--json", "--quiet"];
  const { status, stderr, stdout } = await scene.streams(flags, { stdin: input("company,title\nA,CEO\n") });
  assertEquals([status, stdout], [0, "company,title,seniority\nA,CEO,7\n"]);
  assertEquals(JSON.parse(stderr).records, { in: 1, out: 1, rejected: 0, blank: 0 });
});

Deno.test("run --from - --to - writes gzip where it reads gzip", async () => {
  await using scene = await Scene.create();
  const chunks: Uint8Array[] = [];
  const stdoutBytes = new WritableStream<Uint8Array<ArrayBuffer>>({
    write: (chunk) => void chunks.push(chunk.slice()),
  });
  await scene.streams(through, { stdin: input(gzipSync(record("CEO"))), stdoutBytes });
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  assertEquals(gunzipSync(bytes).toString(), '{"company":"Acme","title":"CEO","seniority":7}\n');
});

Deno.test("run --to - counts rejects and says that they are not kept, and --rejects keeps them", async () => {
  await using scene = await Scene.create();
  const text = `${record("CEO")}bad\n${record("CTO")}worse\n`;
  const lost = await scene.streams(through, { stdin: input(text) });
  assertEquals([lost.status, lost.stdout.split("\n").length], [3, 3]);
  assertMatch(lost.stderr, /2 rejected.*\n.*line 2 of standard input.*bad\n.*--rejects PATH keeps them/);
  const path = `${scene.folder}/rejects.jsonl`;
  const kept = await scene.streams([...through, "--rejects", path], { stdin: input(text) });
  assertEquals(kept.status, 3);
  assertStringIncludes(kept.stderr, `in ${path}`);
  assert(!kept.stderr.includes("sluice replay"));
  const lines = (await Deno.readTextFile(path)).trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ line, object, text }) => [object, line, text]), [
    ["standard input", 2, "bad"],
    ["standard input", 4, "worse"],
  ]);
});

Deno.test("run --rejects keeps a file that it did not write, and reads nothing", async () => {
  await using scene = await Scene.create();
  const path = scene.write("notes.txt", "mine\n");
  const flags = [...through, "--rejects", path];
  const kept = await scene.streams(flags, { stdin: input(record("CEO")) });
  assertEquals([kept.status, kept.stdout], [1, ""]);
  assertStringIncludes(
    kept.stderr,
    `Cannot write ${path}: a file of that name is there that Sluice did not write: move it, choose another --rejects`,
  );
  assertEquals(await Deno.readTextFile(path), "mine\n");
  // An earlier file of rejects is replaced, and with --overwrite any other.
  for (const more of [["--overwrite"], []]) {
    const { status } = await scene.streams([...flags, ...more], { stdin: input(`${record("CEO")}bad\n`) });
    assertEquals(status, 3);
    assertStringIncludes(await Deno.readTextFile(path), '"reason":"invalid_json"');
  }
});

Deno.test("run --from - fails with 1 where standard input breaks off, with what was rejected kept", async () => {
  await using scene = await Scene.create();
  const path = `${scene.folder}/rejects.jsonl`;
  const broken = gzipSync(`bad\n${record("CEO").repeat(2_000)}`).subarray(0, -20);
  const { status, stderr } = await scene.streams([...through, "--rejects", path], { stdin: input(broken) });
  assertEquals(status, 1);
  assertMatch(stderr, /Cannot finish standard input: .*gzip ends in the middle of a member/);
  assert((await Deno.stat(path)).isFile);
});

Deno.test("run --to - ends with 1 where its reader has gone", async () => {
  await using scene = await Scene.create();
  const stdoutBytes = new WritableStream<Uint8Array<ArrayBuffer>>({
    write() {
      throw Object.assign(new Error("Broken pipe (os error 32)"), { name: "BrokenPipe" });
    },
  });
  const { status, stderr } = await scene.streams(through, { stdin: input(record("CEO")), stdoutBytes });
  assertEquals(status, 1);
  assertStringIncludes(stderr, "Cannot write standard output: its reader has gone");
});

Deno.test("run --from - reads no further than its output is taken", async () => {
  await using scene = await Scene.create();
  const lines = 400_000, perChunk = 1_000;
  let given = 0, taken = "";
  const stdin = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (given === lines) return controller.close();
      given += perChunk;
      controller.enqueue(new TextEncoder().encode(record("CEO").repeat(perChunk)));
    },
  }, { highWaterMark: 0 });
  const gate = Promise.withResolvers<void>();
  let last = 0, out = 0;
  const stdoutBytes = new WritableStream<Uint8Array<ArrayBuffer>>({
    async write(chunk) {
      await gate.promise;
      out += chunk.length;
      last = chunk.at(-1)!;
      taken = "some";
    },
  });
  const running = scene.streams([...through, "--max-in-flight", "1MiB"], { stdin, stdoutBytes });
  let before = -1;
  while (before !== given || given === 0) {
    before = given;
    await new Promise((resolve) => setTimeout(resolve, 200)); // as long as it reads on
  }
  assertEquals(taken, "");
  assert(given < lines / 4, `${given} of ${lines} lines were read ahead of an output that nobody takes`);
  gate.resolve();
  const { status } = await running;
  assertEquals([status, given, last], [0, lines, 10]);
  assertEquals(out, '{"company":"Acme","title":"CEO","seniority":7}\n'.length * lines);
});

Deno.test("run --from FILE --to - writes one object, and refuses several", async () => {
  await using scene = await Scene.create();
  const args = (from: string) => ["run", "--from", from, "--to", "-", ...model];
  const one = await scene.streams(args(`${scene.folder}/in/a.jsonl`));
  assertEquals([one.status, one.stdout], [0, '{"company":"Acme","title":"x","seniority":2}\n']);
  const s3 = await scene.s3();
  const object = await scene.streams(args("s3://raw/in/a.jsonl"));
  assertEquals([object.status, object.stdout], [0, one.stdout]);
  s3.put("raw", "in/b.jsonl", record("b"));
  const several = await scene.streams(args("s3://raw/in/"));
  assertEquals([several.status, several.stdout], [1, ""]);
  assertStringIncludes(several.stderr, "it has several objects, a.jsonl and b.jsonl among them");
});

Deno.test("check --from - --to - touches neither stream", async () => {
  await using scene = await Scene.create();
  const { status, stdout } = await scene.streams(["check", "--from", "-", "--to", "-", "--probe", ...model]);
  assertEquals(status, 0, stdout);
  assertMatch(stdout, /ok +source +standard input.*\nSKIPPED +records.*\nok +destination +standard output/);
});

Deno.test("settings that standard input and output have no place for are refused", async () => {
  await using scene = await Scene.create();
  const refused: readonly [string[], string][] = [
    [["run", "--from", "-", "--to", "out", ...model], "Cannot use from - with to"],
    [[...through, "--include", "*.csv"], "Cannot use include with from -"],
    [["run", "--from", "in", "--to", "out", "--rejects", "r", ...model], "Cannot use rejects without to -"],
    [[...through, "--rare", "0.05"], "Cannot use rare with standard output"],
    [["estimate", "--from", "-", "--cache", "none:"], "standard input and output are for sluice run"],
    [["warm", "--from", "-", ...model.slice(0, 2), "--cache", "sqlite::memory:"], "for sluice run"],
    [["report", "--from", "-", "--by", "company"], "standard input and output are for sluice run"],
    [
      ["watch", "--from", `${scene.folder}/in`, "--to", "-", "--listen", "127.0.0.1:0", ...model],
      "for sluice run",
    ],
    [["match", "--from", "-", "--terms", "t.csv"], "standard input and output are for sluice run"],
  ];
  for (const [args, message] of refused) {
    const { status, text } = await scene.sluice(args);
    assertEquals([status, text.includes(message)], [2, true], `${args.join(" ")}: ${text}`);
  }
});

Deno.test("run --from - --to - works in a pipe of processes", async () => {
  const main = fileURLToPath(new URL("../../main.ts", import.meta.url));
  const root = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", `--config=${root}`, main, ...through, "--quiet"],
    env: { NO_COLOR: "1" },
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" } as const,
  }).spawn();
  const lines = 50_000;
  const writing = input(record("CEO").repeat(lines)).pipeTo(child.stdin);
  const { code, stderr, stdout } = await child.output();
  await writing;
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assertEquals(
    new TextDecoder().decode(stdout),
    '{"company":"Acme","title":"CEO","seniority":7}\n'.repeat(lines),
  );
});
