import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { type CommandStreams, record, Scene } from "../errors/scene.ts";

/** Sets a terminal's title, clears the screen in C1, turns the direction of writing round. */
const evil = "x\x1b]0;pwned\x07\x9b2J\u202egnp\x7f";
const shown = "x\\u{1b}]0;pwned\\u{7}\\u{9b}2J\\u{202e}gnp\\u{7f}";
// deno-lint-ignore no-control-regex
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
/** What Sluice itself sends to a terminal: a line that is drawn again, and the log's colors. */
// deno-lint-ignore no-control-regex
const ours = /\r(?!\n)|\x1b\[K|\x1b\[\d*(?:;\d+)*m/g;

interface Case {
  readonly what: string;
  readonly says: (scene: Scene, isTerminal: boolean) => Promise<CommandStreams>;
  /** What is looked for; defaults to the whole text. */
  readonly holds?: string;
}

const parts = (
  scene: Scene,
) => ["--model", "reference:", "--cache", "none:", "--ledger", `${scene.folder}/l.db`];

const cases: readonly Case[] = [
  {
    what: "the header row of a CSV object",
    says: (scene, isTerminal) => {
      scene.write("csv/x.csv", `comp${evil},title\nA,B\n`);
      return scene.streams([
        "run",
        "--from",
        `${scene.folder}/csv`,
        "--to",
        `${scene.folder}/out`,
        ...parts(scene),
      ], {
        isTerminal,
      });
    },
  },
  {
    what: "the header row of terms",
    says: (scene, isTerminal) => {
      scene.write("terms.csv", `a${evil},b\nA,B\n`);
      scene.write("menus.csv", `id,text\n1,Cola\n`);
      return scene.streams([
        ...["match", "--from", `${scene.folder}/menus.csv`, "--terms", `${scene.folder}/terms.csv`],
        ...["--to", `${scene.folder}/m.csv`],
      ], { isTerminal });
    },
  },
  {
    what: "a file's name",
    says: (scene, isTerminal) => {
      return scene.streams([
        ...[
          "run",
          "--from",
          `${scene.folder}/absent/${evil}.jsonl`,
          "--to",
          `${scene.folder}/out`,
          ...parts(scene),
        ],
      ], { isTerminal });
    },
  },
  {
    what: "a key of S3",
    says: async (scene, isTerminal) => {
      const s3 = await scene.s3();
      s3.put("raw", `odd/${evil}.csv`, "a,b\n1,2\n");
      return await scene.streams(
        ["run", "--from", "s3://raw/odd/", "--to", "s3://mod/out/", ...parts(scene)],
        {
          isTerminal,
        },
      );
    },
  },
  {
    what: "a server's words",
    says: async (scene, isTerminal) => {
      const model = await scene.model({
        fail: () => ({ code: "NOT_FOUND", details: "no such model \x1b]0;pwned\x07" }),
      });
      return await scene.runStreams({ "model": model.url, "model-patience": "1s" }, { isTerminal });
    },
    holds: "no such model \\u{1b}]0;pwned\\u{7}",
  },
  {
    what: "the groups of a report",
    says: (scene, isTerminal) => {
      scene.write("out/a.jsonl", `${JSON.stringify({ company: evil, seniority: 3 })}\n`);
      return scene.streams(["report", "--from", `${scene.folder}/out`, "--by", "company"], { isTerminal });
    },
    holds: "x\\u{1b}]0;pwned\\u{7}\\u{9b}2J", // cut
  },
  {
    what: "the field of a report",
    says: (scene, isTerminal) => {
      scene.write("out/a.jsonl", `${JSON.stringify({ [evil]: "A", seniority: 3 })}\n`);
      return scene.streams(["report", "--from", `${scene.folder}/out`, "--by", evil], { isTerminal });
    },
  },
  {
    what: "the command line",
    says: (scene, isTerminal) => scene.streams([`ru${evil}`], { isTerminal }),
  },
  {
    what: "a setting",
    says: (scene, isTerminal) => scene.runStreams({ "cache": `re${evil}` }, { isTerminal }),
    holds: "pwned",
  },
  {
    what: "what estimate prints",
    says: (scene, isTerminal) =>
      scene.streams(["estimate", "--from", `${scene.folder}/in`, "--cache", "none:", "--model-name", evil], {
        isTerminal,
      }),
  },
];

for (const isTerminal of [false, true]) {
  for (const { what, says, holds = shown } of cases) {
    Deno.test(`escape sequences of ${what} do not reach ${isTerminal ? "a terminal" : "a file of messages"}`, async () => {
      await using scene = await Scene.create();
      const { stdout, stderr } = await says(scene, isTerminal);
      const said = `${stdout}${stderr}`;
      assertStringIncludes(said, holds);
      const raw = controls.exec(isTerminal ? said.replace(ours, "") : said);
      assertEquals(raw, null, JSON.stringify(said));
    });
  }
}

Deno.test("data on standard output stays as it is, also on a terminal", async () => {
  await using scene = await Scene.create();
  const cache = ["--cache", `sqlite:${scene.folder}/c.db`];
  const pair = { company: evil, title: "CEO" };
  scene.write("pairs.jsonl", `${JSON.stringify(pair)}\n`);
  await scene.streams(["cache", "set", "--company", evil, "--title", "CEO", "--answer", "7", ...cache]);
  const { stdout, stderr } = await scene.streams(
    ["cache", "export", "--keys", `${scene.folder}/pairs.jsonl`, ...cache],
    { isTerminal: true },
  );
  assertStringIncludes(stdout, JSON.stringify({ ...pair, answer: 7 }), stderr);
  assert(stdout.includes("\x9b"));
});

Deno.test("lines of a JSON log are JSON, and hold what they held", async () => {
  await using scene = await Scene.create();
  await scene.environment({});
  const { stderr } = await scene.streams([
    ...[
      "watch",
      "--from",
      "s3://raw/in/",
      "--to",
      "s3://mod/out/",
      "--model",
      "reference:",
      "--cache",
      "none:",
    ],
    ...["--events", "https://no\x9b\x7f\u202e/x", "--listen", "127.0.0.1:0", "--log-format", "json"],
  ]);
  const messages = stderr.trimEnd().split("\n").map((line) => JSON.parse(line).message as string);
  assert(messages.some((message) => message.includes("no\x9b\x7f\u202e")), stderr);
  assertEquals(controls.exec(stderr), null);
});

Deno.test("a record's own bytes are untouched in outputs", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", record(`CEO\u202e\x9b`));
  const { status } = await scene.run();
  assertEquals(status, 0);
  assertStringIncludes(Deno.readTextFileSync(`${scene.folder}/out/a.jsonl`), `CEO\u202e\x9b`);
});

Deno.test("lib/ steers the terminal from one file, and writes to it through a command's streams", () => {
  const lib = new URL("../../lib/", import.meta.url);
  const steering = [...filesUnder(lib)].filter((file) =>
    /\.ts$/.test(file) && !file.startsWith("page/browser/")
  )
    .filter((file) => {
      const code = Deno.readTextFileSync(new URL(file, lib)).replace(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, "");
      return /\\x1b|\\u001b|\\e\[|\bconsole\.(?:log|error|warn|info)\(|Deno\.std(?:out|err)\.write/.test(
        code,
      );
    });
  assertEquals(steering, ["cli/terminal_line.ts"]);
});

function* filesUnder(folder: URL, below = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesUnder(new URL(`${name}/`, folder), `${below}${name}/`);
    else yield below + name;
  }
}
