import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";

/** Parts of a password may not be seen either. */
const words = ["sek", "ret9"];

/** Each setting that takes an address, in a command that takes it. */
const commands: Readonly<Record<string, (address: string, scene: Scene) => string[]>> = {
  "run --from": (address) => ["run", "--from", address, "--to", "out", "--model", "reference:"],
  "run --to": (
    address,
    { folder },
  ) => ["run", "--from", `${folder}/in`, "--to", address, "--model", "reference:"],
  "run --model": (address, { folder }) => run(folder, "--model", address),
  "run --cache": (address, { folder }) => run(folder, "--model", "reference:", "--cache", address),
  "run --fleet": (address, { folder }) =>
    run(folder, "--model", "reference:", "--cache", `sqlite:${folder}/c.db`, "--fleet", address),
  "check --model": (address, { folder }) => ["check", ...run(folder, "--model", address).slice(1)],
  "check --from": (address) => ["check", "--from", address, "--to", "out", "--model", "reference:"],
  "check --cache": (
    address,
    { folder },
  ) => ["check", ...run(folder, "--model", "reference:", "--cache", address).slice(1)],
  "watch --events": (address) => [
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
    ...["--log-format", "json", "--listen", "127.0.0.1:0", "--events", address],
  ],
  "match --terms": (address, { folder }) => [
    ...["match", "--from", `${folder}/in/a.jsonl`, "--to", `${folder}/m.csv`, "--terms", address],
  ],
  "match --to": (address, { folder }) => [
    ...["match", "--from", `${folder}/in/a.jsonl`, "--to", address, "--terms", `${folder}/in/a.jsonl`],
  ],
  "estimate --cache": (address, { folder }) => [
    ...["estimate", "--from", `${folder}/in`, "--cache", address],
  ],
  "warm --from-output": (address, { folder }) => [
    ...["warm", "--from-output", address, "--cache", `sqlite:${folder}/c.db`],
  ],
  "serve --model": (address) => ["serve", "--model", address, "--cache", "none:", "--listen", "127.0.0.1:0"],
  "enqueue --queue": (address) => [
    ...["enqueue", "--from", "s3://raw/in/", "--to", "s3://mod/out/", "--queue", address],
  ],
  "queue show --queue": (address) => ["queue", "show", "--queue", address],
  "cache stats --cache": (address) => ["cache", "stats", "--cache", address],
  "report --from": (address) => ["report", "--from", address, "--by", "company"],
  "sample --to": (address) => ["sample", "--records", "10", "--to", address],
  "an unknown flag": (address) => ["run", `--modle=${address}`],
  "an unknown command": (address) => [address],
};

function run(folder: string, ...flags: string[]): string[] {
  return ["run", "--from", `${folder}/in`, "--to", `${folder}/out`, ...flags];
}

const addresses = [
  ...["grpc://u:sek/ret9@127.0.0.1:1", "grpcs://u:sek#ret9@127.0.0.1:1", "redis://:sek/ret9@127.0.0.1:1"],
  ...["rediss://u:sek%ret9@h", "redis+cluster://u:sek@ret9@one:x,two", "reddis://:sek ret9@h"],
  ...["sqs://u:sek/ret9@sqs.eu/1/q", "https://u:55/sekret9@sqs.eu/1/q", "https://sqs.eu/1/q?token=sek/ret9"],
  ...["s3://AKIA:sek/ret9@raw/in/", "s3://AKIA:sek/ret9", "file://u:sek/ret9@h/x", "http://u:sék→sek/ret9@h"],
  ...[
    "postgres://u:sek/ret9@h/db",
    "postgres://h/db?password=sek/ret9",
    "postgres://u:sek#ret9@h:x/db?sslmode=no",
  ],
];
/** Where there may be files, these are paths. */
const schemeless = ["u:sek/ret9@h", ":sek@ret9@h", "host=h password=sek/ret9"];

for (const [name, command] of Object.entries(commands)) {
  Deno.test(`${name} never prints a password`, async () => {
    await using scene = await Scene.create();
    await scene.environment({});
    const all = /from|to$|terms/.test(name) ? addresses : [...addresses, ...schemeless];
    for (const address of all) {
      const { stderr, stdout, status } = await scene.streams(command(address, scene));
      for (const word of words) {
        assert(!`${stdout}${stderr}`.includes(word), `${address} is printed: ${stdout}${stderr}`);
      }
      assert(status !== 0, `${address} was taken: ${stdout}${stderr}`);
      assert(stderr !== "" || stdout.includes("FAILED"), `nothing is said of ${address}`);
    }
  });
}

Deno.test("an s3: address with credentials in it says where they go", async () => {
  await using scene = await Scene.create();
  const { text, status } = await scene.run({ from: "s3://AKIAIOSFODNN7EXAMPLE:sek/ret9@raw/in/" });
  assertEquals(status, 2);
  assertMatch(text, /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  assert(!/AKIA|sek|ret9/.test(text), text);
});

/** How a mask looks: a pattern that ends in `@` behind anything, or what is put before the `@`. */
const masks = /(?:\.\*\??|\]\*|\]\+|\.\+\??)\)?@\/|(?:…|\*\*\*|xxx+)@|"@"\)\.(?:at|pop|slice)/;

Deno.test("lib/ has one function that makes addresses printable", () => {
  const lib = new URL("../../lib/", import.meta.url);
  const others = [...filesUnder(lib)].filter((file) =>
    /\.ts$/.test(file) && file !== "text/printable_address.ts"
  )
    .filter((file) => masks.test(withoutComments(Deno.readTextFileSync(new URL(file, lib)))));
  assertEquals(others, [], "use printableAddress() of lib/text");
  for (
    const mask of [`url.replace(/\\/\\/[^/]*@/, "//…@")`, `url.replace(/\\/\\/.*@/, "//")`, `"//***@" + host`]
  ) {
    assertMatch(mask, masks);
  }
});

function withoutComments(code: string): string {
  return code.replace(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, "");
}

function* filesUnder(folder: URL, below = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesUnder(new URL(`${name}/`, folder), `${below}${name}/`);
    else yield below + name;
  }
}
