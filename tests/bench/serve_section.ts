import { TextLineStream } from "@std/streams/text_line_stream.js";
import type { Section } from "./section.ts";
import type { Surroundings } from "./surroundings.ts";
import { root, taskFlags } from "./task_flags.ts";

const requestKeys = 100,
  distinctKeys = 20_000,
  connections = 8,
  loadMs = 6_000,
  slowConnections = 1_000;

/** `POST /v1/answers` with cached keys: alone, beside a run, and beside connections that send a byte a second. */
export const serveSection: Section = {
  name: "serve",
  async run(surroundings) {
    await using serve = await Serve.start(surroundings.redisUrl);
    const bodies = requestBodies();
    await Promise.all(bodies.map((body) => ask(serve.url, body))); // from here on, all is known
    await load(serve.url, bodies, loadMs / 2);
    const rounds = await surroundings.rounds("serve", async () => {
      const alone = await load(serve.url, bodies, loadMs);
      const beside = await besideRuns(
        surroundings,
        () => load(serve.url, bodies, loadMs),
      );
      await using slow = await SlowConnections.open(serve.url);
      const besideSlow = await load(serve.url, bodies, loadMs);
      return { alone, beside, besideSlow, open: slow.open };
    });
    const keys = `/v1/answers, warm, ${requestKeys} keys a request`;
    return [
      {
        name: `${keys}, beside a run`,
        unit: "keys/s",
        values: rounds.map(({ beside }) => beside.keysPerSecond),
        bar: { atLeast: 20_000 },
      },
      {
        name: "  99th percentile",
        unit: "ms",
        values: rounds.map(({ beside }) => beside.p99Ms),
      },
      {
        name: "  alone",
        unit: "keys/s",
        values: rounds.map(({ alone }) => alone.keysPerSecond),
      },
      {
        name: "  alone, 99th percentile",
        unit: "ms",
        values: rounds.map(({ alone }) => alone.p99Ms),
      },
      {
        name: `  beside ${slowConnections} connections of a byte a second, against alone`,
        unit: "",
        values: rounds.map(({ alone, besideSlow }) => besideSlow.keysPerSecond / alone.keysPerSecond),
      },
      {
        name: "  of these connections, open when the load began",
        unit: "",
        values: rounds.map(({ open }) => open),
      },
    ];
  },
};

interface Load {
  readonly keysPerSecond: number;
  readonly p99Ms: number;
}

/** Requests over some connections, each as soon as the one before is answered. */
async function load(
  url: string,
  bodies: readonly string[],
  ms: number,
): Promise<Load> {
  const times: number[] = [];
  const began = performance.now();
  let next = 0;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (performance.now() - began < ms) {
      const started = performance.now();
      await ask(url, bodies[next++ % bodies.length]!);
      times.push(performance.now() - started);
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  return {
    keysPerSecond: times.length * requestKeys / seconds,
    p99Ms: times[Math.floor(times.length * 0.99)]!,
  };
}

async function ask(url: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}v1/answers`, {
    method: "POST",
    headers,
    body,
  });
  const { answers } = await response.json();
  if (answers?.length !== requestKeys) {
    throw new Error(`Cannot count an answer of status ${response.status}`);
  }
}

/** Measures while runs follow one another. */
async function besideRuns(
  surroundings: Surroundings,
  measure: () => Promise<Load>,
): Promise<Load> {
  let isOver = false;
  const runs = (async () => {
    while (!isOver) await surroundings.sluice("whole", undefined);
  })();
  const result = await measure();
  isOver = true;
  await runs;
  return result;
}

function requestBodies(): string[] {
  return Array.from(
    { length: distinctKeys / requestKeys },
    (_, i) =>
      JSON.stringify({
        keys: Array.from({ length: requestKeys }, (_, j) => {
          const pair = i * requestKeys + j;
          return {
            company: `Company ${pair % 997}`,
            title: `Senior Engineer of Things ${pair}`,
          };
        }),
      }),
  );
}

/** `sluice serve` as a process of its own. */
class Serve implements AsyncDisposable {
  readonly url: string;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(redisUrl: string): Promise<Serve> {
    const { permissions, v8 } = taskFlags();
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...[
          "run",
          "--quiet",
          `--config=${root}deno.json`,
          ...v8,
          ...permissions,
          `${root}main.ts`,
        ],
        ...[
          "serve",
          "--listen",
          "127.0.0.1:0",
          "--cache",
          redisUrl,
          "--model",
          "reference:",
        ],
        ...["--max-requests", "1000"],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const lines = child.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TextLineStream(),
    );
    const reader = lines.getReader();
    for (
      let next = await reader.read();
      !next.done;
      next = await reader.read()
    ) {
      const url = /Serving on (http:[^"\s]+\/)/.exec(next.value)?.[1];
      if (url === undefined) continue;
      reader.releaseLock();
      void lines.pipeTo(new WritableStream());
      return new Serve(child, url);
    }
    throw new Error("Cannot measure: serve has ended");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}

/** Connections that send a byte of a long body each second, as long as the server lets them. */
class SlowConnections implements AsyncDisposable {
  readonly #sockets = new Set<Deno.TcpConn>();
  #timer: ReturnType<typeof setInterval> | undefined;

  get open(): number {
    return this.#sockets.size;
  }

  static async open(url: string): Promise<SlowConnections> {
    const { hostname, port } = new URL(url);
    const slow = new SlowConnections();
    const head = new TextEncoder().encode(
      `POST /v1/answers HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n` +
        `content-length: 100000\r\n\r\n`,
    );
    for (let i = 0; i < slowConnections; i++) {
      const socket = await Deno.connect({ hostname, port: Number(port) });
      await socket.write(head);
      slow.#sockets.add(socket);
    }
    slow.#timer = setInterval(() => {
      for (const socket of slow.#sockets) {
        socket.write(Uint8Array.of(0x20)).catch(() => {
          slow.#sockets.delete(socket);
          socket.close();
        });
      }
    }, 1_000);
    return slow;
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.close();
    return Promise.resolve();
  }
}
