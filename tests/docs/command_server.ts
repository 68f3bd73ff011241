/**
 * Runs command lines of `sluice` for tests/docs, all in this one process, each in the folder it was typed in. A client
 * (the script `sluice` that the tests put on PATH) names a folder with `args`, `env` and `stdin`, and finds `stdout`,
 * `stderr` there when it is sent the exit status. `stop` ends what is still running.
 */
import { type Io, Stop } from "../../lib/cli/io.ts";
import { program } from "../../lib/cli/program.ts";

const decoder = new TextDecoder();
const running = new Map<AbortController, Promise<void>>();

async function call(folder: string): Promise<number> {
  const [cwd, ...args] = Deno.readTextFileSync(`${folder}/args`).split("\0").slice(0, -1);
  const env = Object.fromEntries(
    Deno.readTextFileSync(`${folder}/env`).split("\0").filter((line) => line !== "").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  Deno.chdir(cwd!);
  const stop = new AbortController(), ended = Promise.withResolvers<void>();
  running.set(stop, ended.promise);
  const into = (name: string) => (text: string) => {
    Deno.writeTextFileSync(`${folder}/${name}`, text, { append: true });
    console.log(`output ${folder}`);
  };
  const io: Io = {
    stdout: into("stdout"),
    stderr: into("stderr"),
    stdoutBytes: new WritableStream({
      write(chunk) {
        Deno.writeFileSync(`${folder}/stdout`, chunk, { append: true });
        console.log(`output ${folder}`);
      },
    }),
    stdin: (await Deno.open(`${folder}/stdin`)).readable,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    signal: stop.signal,
  };
  try {
    return await program(args, io, { env: { ...Deno.env.toObject(), ...env } });
  } finally {
    running.delete(stop);
    ended.resolve();
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(`port ${listener.addr.port}`);
for await (const connection of listener) {
  void (async () => {
    const buffer = new Uint8Array(4_096);
    const line = decoder.decode(buffer.subarray(0, await connection.read(buffer) ?? 0)).trim();
    let answer = "0";
    if (line === "stop") {
      const all = [...running.values()];
      for (const stop of running.keys()) stop.abort(new Stop("SIGTERM"));
      await Promise.all(all);
    } else answer = String(await call(line));
    await connection.write(new TextEncoder().encode(`${answer}\n`)).catch(() => {});
    connection.close();
  })();
}
