import { fileURLToPath } from "node:url";
import { PostgresServer } from "../fakes/postgres_server.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { FakeSqs } from "../fakes/sqs.ts";
import { type ReferenceServer, startReferenceServer } from "../../lib/seniority/reference_server.ts";
import { samplePostings } from "../../lib/seniority/sample/sample_postings.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Sends a command line to `command_server.ts`, and hands on what it answers. */
const client = `#!/usr/bin/env bash
call=$(mktemp -d "$DOCS_CALLS/XXXXXX")
if [ -p /dev/stdin ]; then cat >"$call/stdin"; else : >"$call/stdin"; fi
printf '%s\\0' "$PWD" "$@" >"$call/args"
env -0 | grep -z '^SLUICE_' >"$call/env"
touch "$call/stdout" "$call/stderr"
exec 3<>"/dev/tcp/127.0.0.1/$DOCS_PORT"
echo "$call" >&3
read -r status <&3
cat "$call/stdout"
cat "$call/stderr" >&2
exit "$status"
`;

/** The documented way to start Sluice without installing it: nothing else may be asked of npx here. */
const npx = `#!/usr/bin/env bash
[ "$1 $2 $3" = "-y deno@2.9.3 task" ] || { echo "npx $*: tests/docs does not run this" >&2; exit 97; }
shift 3
[ "$1" != "--quiet" ] || shift
[ "$1" = sluice ] || { echo "deno task $*: tests/docs does not run this" >&2; exit 97; }
shift
exec sluice "$@"
`;

export interface BlockResult {
  readonly status: number;
  /** Standard output and standard error, in the order of their ends. */
  readonly said: string;
}

/**
 * A shell for the commands of the documents: a folder for each page with the files that the pages speak of, a server
 * for each address they name, and `sluice` on PATH.
 */
export class DocShell implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #work: string;
  readonly #port: number;
  readonly #env: Readonly<Record<string, string>>;
  readonly #addresses: readonly (readonly [string, string])[];
  readonly #outputs: Outputs;
  readonly s3: FakeS3;
  /** What is missing on this machine, by the address or program that needs it. */
  readonly missing: ReadonlyMap<string, string>;
  #page = "";

  private constructor(parts: {
    stack: AsyncDisposableStack;
    work: string;
    port: number;
    env: Record<string, string>;
    addresses: (readonly [string, string])[];
    outputs: Outputs;
    s3: FakeS3;
    missing: Map<string, string>;
  }) {
    this.#stack = parts.stack;
    this.#work = parts.work;
    this.#port = parts.port;
    this.#env = parts.env;
    this.#addresses = parts.addresses;
    this.#outputs = parts.outputs;
    this.s3 = parts.s3;
    this.missing = parts.missing;
  }

  static async start(): Promise<DocShell> {
    await using stack = new AsyncDisposableStack();
    const work = await Deno.makeTempDir({ prefix: "sluice-docs-" });
    stack.defer(() => Deno.remove(work, { recursive: true }));
    const missing = new Map<string, string>();
    const [s3, sqs, model, redis, postgres] = await Promise.all([
      FakeS3.start({ buckets: ["raw", "mod", "menus", "rl-data"] }),
      FakeSqs.start(),
      startReferenceServer({ listen: "127.0.0.1:0" }) as Promise<ReferenceServer>,
      RedisServer.start("--maxmemory-policy", "noeviction"),
      PostgresServer.start(),
    ]);
    stack.use(s3);
    stack.use(sqs);
    stack.defer(() => model.close());
    const queueUrl = sqs.createQueue("postings");
    const addresses: (readonly [string, string])[] = [
      ["grpc://model:50051", model.url],
      ["127.0.0.1:50051", `127.0.0.1:${quietPort()}`],
      ["127.0.0.1:8787", `127.0.0.1:${quietPort()}`],
      ["sqs://sqs.eu-central-1.amazonaws.com/123456789012/postings", queueUrl],
    ];
    if (typeof redis === "string") missing.set("redis://", redis);
    else {
      stack.use(redis);
      for (const host of ["cache", "queue"]) addresses.push([`redis://${host}:6379`, redis.url]);
    }
    if (typeof postgres === "string") missing.set("postgres://", postgres);
    else {
      stack.use(postgres);
      for (const database of ["menus", "shop"]) {
        addresses.push([
          `postgres://sluice@db:5432/${database}`,
          postgres.url(await postgres.createDatabase()),
        ]);
      }
    }
    for (const program of ["curl", "jq"]) {
      const found = await new Deno.Command("bash", { args: ["-c", `command -v ${program}`], stdout: "null" })
        .output();
      if (!found.success) missing.set(`${program} `, `no ${program} on PATH`);
    }
    await Deno.mkdir(`${work}/bin`);
    await Deno.mkdir(`${work}/calls`);
    for (const [name, script] of [["sluice", client], ["npx", npx]]) {
      await Deno.writeTextFile(`${work}/bin/${name}`, script!, { mode: 0o755 });
    }
    const server = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-check", "--no-prompt", `--config=${root}tests/deno.json`],
        ...["--allow-read", "--allow-write", "--allow-net", "--allow-env", "--allow-sys"],
        `${root}tests/docs/command_server.ts`,
      ],
      env: {
        ...s3.environment,
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
        // The documents speak of a model that takes a call a second; the one here is in no hurry, the tests are.
        SLUICE_MODEL_CALLS_PER_SECOND: "1000",
        SLUICE_LISTEN: addresses.find(([address]) => address === "127.0.0.1:8787")![1],
      },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const outputs = new Outputs(server.stdout);
    stack.defer(async () => {
      server.kill("SIGKILL");
      await server.status;
      await outputs.ended;
    });
    const port = await outputs.port;
    const env = {
      DOCS_CALLS: `${work}/calls`,
      DOCS_PORT: `${port}`,
      PATH: `${work}/bin:${Deno.env.get("PATH")}`,
    };
    return new DocShell({ stack: stack.move(), work, port, env, addresses, outputs, s3, missing });
  }

  /** Begins a page: a folder of its own, with what pages take for granted, unless `isEmpty`. */
  async beginPage(name: string, { isEmpty }: { isEmpty: boolean }): Promise<void> {
    this.#page = `${this.#work}/${name.replaceAll(/[/.]/g, "-")}`;
    await Deno.mkdir(`${this.#page}/postings`, { recursive: true });
    const encoder = new TextEncoder();
    for (const { name, bytes } of await somePostings()) {
      this.s3.put("raw", `postings/${name}`, bytes);
      if (!isEmpty) await Deno.writeFile(`${this.#page}/postings/${name}`, bytes);
      if (!isEmpty) await Deno.writeFile(`${this.#page}/postings.jsonl`, bytes);
    }
    if (isEmpty) await Deno.remove(`${this.#page}/postings`);
    for (const [name, text] of Object.entries(isEmpty ? {} : files)) {
      await Deno.writeTextFile(`${this.#page}/${name}`, text);
      if (name !== "pairs.csv") {
        this.s3.put("menus", name === "input.csv" ? `2024/${name}` : name, encoder.encode(text));
      }
    }
  }

  /** Writes a file that the page shows. */
  async writeFile(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#page}/${name}`, `${this.#replaced(text)}\n`);
  }

  /** Runs a block to its end. */
  async run(text: string): Promise<BlockResult> {
    return await this.#bash(text);
  }

  /** Starts a block that runs until {@linkcode endPage}; resolves when it has said something. */
  async begin(text: string): Promise<BlockResult | undefined> {
    const output = this.#outputs.next();
    const ended = this.#bash(text);
    return await Promise.race([output.then(() => undefined), ended]);
  }

  /** Stops what the page has left running. */
  async endPage(): Promise<void> {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    await connection.write(new TextEncoder().encode("stop\n"));
    await connection.read(new Uint8Array(16));
    await Promise.all(this.#started.splice(0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  readonly #started: Promise<unknown>[] = [];

  #bash(text: string): Promise<BlockResult> {
    const ended = new Deno.Command("bash", {
      args: ["-c", `set -eo pipefail\n${this.#replaced(text)}`],
      cwd: this.#page,
      env: this.#env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output().then(({ code, stdout, stderr }) => {
      const decoder = new TextDecoder();
      return { status: code, said: decoder.decode(stdout) + decoder.decode(stderr) };
    });
    this.#started.push(ended);
    return ended;
  }

  #replaced(text: string): string {
    return this.#addresses.reduce((text, [from, to]) => text.replaceAll(from, to), text);
  }
}

/** What `command_server.ts` says: its port, then a line whenever a command has written something. */
class Outputs {
  readonly port: Promise<number>;
  readonly ended: Promise<void>;
  #next = Promise.withResolvers<void>();

  constructor(stdout: ReadableStream<Uint8Array<ArrayBuffer>>) {
    const port = Promise.withResolvers<number>();
    this.port = port.promise;
    this.ended = (async () => {
      for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
        const [, found] = /^port (\d+)$/m.exec(text) ?? [];
        if (found !== undefined) port.resolve(Number(found));
        if (!/^output /m.test(text)) continue;
        this.#next.resolve();
        this.#next = Promise.withResolvers();
      }
    })();
  }

  next(): Promise<void> {
    return this.#next.promise;
  }
}

/** A free port below those that the system hands out, so that no other test gets it before a command listens on it. */
function quietPort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

const files = {
  "input.csv":
    "MenuId,ProductName,ProductDescription\n1,Bolinger Brut,Champagne\n2,Gin with 7-Up,Long drink\n",
  "terms.csv": "TermId,Term\n117,7Up\n335,Bollinger\n",
  "pairs.csv": "company,title\nAcme Corp,Head of Data\nAcme Corp,Paralegal\n",
};

async function somePostings(): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]> {
  const objects = [];
  for (const object of samplePostings({ records: 200, perObject: 100, pairs: 40, seed: 7 })) {
    objects.push({ name: object.name, bytes: await new Blob([...object.chunks]).bytes() });
  }
  return objects;
}
