import { freePort } from "./free_port.ts";

/** S3 servers that a test can start, where their programs are on PATH. */
export const s3Programs = ["versitygw", "moto_server"] as const;

export type S3Program = typeof s3Programs[number];

const keys = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secretsecret", AWS_REGION: "us-east-1" };
/** How long a server may take to start, in milliseconds. */
const startTimeoutMs = 30_000;

/** A real S3 server, run for one test: on a free port of this machine, keeping nothing. */
export class S3Server implements AsyncDisposable {
  /** The variables by which a client finds it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;

  /** Resolves when the server takes requests; to the reason if it cannot be run here. */
  static async start(program: S3Program): Promise<S3Server | string> {
    const folders = (Deno.env.get("PATH") ?? "").split(":");
    const found = await Promise.all(
      folders.map((folder) => Deno.stat(`${folder}/${program}`).catch(() => undefined)),
    );
    if (!found.some((info) => info?.isFile)) return `no ${program} on PATH`;
    const folder = await Deno.makeTempDir({ prefix: "sluice-s3-" });
    const port = freePort();
    await Deno.mkdir(`${folder}/buckets`);
    const args = program === "versitygw"
      ? [
        "--access",
        keys.AWS_ACCESS_KEY_ID,
        "--secret",
        keys.AWS_SECRET_ACCESS_KEY,
        "--port",
        `127.0.0.1:${port}`,
      ]
        .concat("--quiet", "posix", `${folder}/buckets`)
      : ["-H", "127.0.0.1", "-p", `${port}`];
    const command = new Deno.Command(program, {
      args,
      cwd: folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    const server = new S3Server(`http://127.0.0.1:${port}`, folder, command.spawn());
    for (const endMs = Date.now() + startTimeoutMs; Date.now() < endMs;) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer !== undefined) return server;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await server[Symbol.asyncDispose]();
    throw new Error(`Cannot start ${program}: no answer in ${startTimeoutMs} ms`);
  }

  private constructor(endpoint: string, folder: string, child: Deno.ChildProcess) {
    this.environment = { ...keys, AWS_ENDPOINT_URL_S3: endpoint };
    this.#folder = folder;
    this.#child = child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
