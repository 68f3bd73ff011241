import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { SluiceError } from "../errors/sluice_error.ts";
import { encodeKey } from "../recipe/key.ts";
import { type SeniorityHandler, seniorityService } from "./contract.ts";
import { classify } from "./reference.ts";

/** Requests larger than this are refused. */
const maxRequestBytes = 64 * 1024 * 1024;
/** How long calls in flight may take to end once the server closes, in milliseconds. */
const maxCloseMs = 2_000;

export interface ReferenceServerOptions {
  /** `HOST:PORT` (port 0 takes a free one) or `unix:PATH`. */
  readonly listen: string;
  /** Calls answered a second, more than 0. Defaults to no limit. Calls beyond it wait, in the order in which they came. */
  readonly callsPerSecond?: number;
  /** Questions that a call may hold. Defaults to no limit. */
  readonly maxBatch?: number;
  /** Closes the server. */
  readonly signal?: AbortSignal;
}

/** Sums since the start. Empty calls, which only test the connection, are not counted. */
export interface ReferenceServerStats {
  /** Those refused for their size included. */
  readonly calls: number;
  /** In the calls that were not refused. */
  readonly questions: number;
  /** Different keys. Each is kept, so memory grows with them. */
  readonly keys: number;
  /** Keys that were asked more than once. */
  readonly keysAskedTwice: number;
  readonly largestBatch: number;
}

export interface ReferenceServer {
  /** `HOST:PORT`, with the port in use, or `unix:PATH`. */
  readonly address: string;
  /** The address for `--model`. */
  readonly url: string;
  readonly stats: ReferenceServerStats;
  /** Resolves when the server is closed. */
  readonly finished: Promise<void>;
  /** Accepts no more calls, gives those in flight 2 seconds, then cuts them off. */
  close(): Promise<void>;
}

/**
 * Serves the reference model over gRPC. Past its rate it queues: a call's turn is 1 / `callsPerSecond` seconds after
 * the one before, the first at once, and it is answered then. An empty call takes no turn.
 *
 * @throws {SluiceError} `callsPerSecond` or `maxBatch` is out of range; the address cannot be listened on.
 */
export async function startReferenceServer(options: ReferenceServerOptions): Promise<ReferenceServer> {
  const { listen, callsPerSecond = Infinity, maxBatch = Infinity, signal } = options;
  if (!(callsPerSecond > 0)) {
    throw outOfRange(`callsPerSecond must be more than 0, not ${callsPerSecond}`);
  }
  if (!(maxBatch >= 1)) {
    throw outOfRange(`maxBatch must be 1 or more, not ${maxBatch}`);
  }
  signal?.throwIfAborted();
  const keys = new Set<string>(), keysAskedTwice = new Set<string>();
  let calls = 0, questions = 0, largestBatch = 0, nextTurnMs = -Infinity;
  const turns = new Set<ReturnType<typeof setTimeout>>();

  const inferSeniority: SeniorityHandler = (call, callback) => {
    const { batch } = call.request;
    const answer = () =>
      callback(null, {
        batch: batch.map(({ uuid, company, title }) => ({ uuid, seniority: classify(company, title) })),
      });
    if (batch.length === 0) return answer();
    calls++;
    largestBatch = Math.max(largestBatch, batch.length);
    if (batch.length > maxBatch) {
      const details = `a call holds at most ${maxBatch} questions, this one ${batch.length}`;
      return callback({ code: status.INVALID_ARGUMENT, details });
    }
    questions += batch.length;
    for (const { company, title } of batch) {
      const key = encodeKey(company, title);
      if (keys.has(key)) keysAskedTwice.add(key);
      else keys.add(key);
    }
    const now = performance.now();
    const turnMs = Math.max(now, nextTurnMs);
    nextTurnMs = turnMs + 1000 / callsPerSecond;
    if (turnMs === now) return answer();
    const timer = setTimeout(() => {
      turns.delete(timer);
      answer();
    }, turnMs - now);
    turns.add(timer);
    call.on("cancelled", () => {
      clearTimeout(timer);
      turns.delete(timer);
    });
  };

  const server = new Server({ "grpc.max_receive_message_length": maxRequestBytes });
  server.addService(seniorityService, { InferSeniority: inferSeniority });
  const address = await bind(server, listen);
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  let closing = false;
  const close = () => {
    if (!closing) {
      closing = true;
      signal?.removeEventListener("abort", close);
      const force = setTimeout(() => server.forceShutdown(), maxCloseMs);
      server.tryShutdown(() => {
        clearTimeout(force);
        for (const timer of turns) clearTimeout(timer);
        finish();
      });
    }
    return finished;
  };
  signal?.addEventListener("abort", close, { once: true });
  if (signal?.aborted) await close();
  return {
    address,
    url: address.startsWith("unix:") ? address : `grpc://${address}`,
    get stats() {
      return { calls, questions, keys: keys.size, keysAskedTwice: keysAskedTwice.size, largestBatch };
    },
    finished,
    close,
  };
}

function outOfRange(reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: "serve the model", reason });
}

function unusableAddress(listen: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError({ kind: "input", action: "listen on", subject: listen, reason, cause });
}

/** Resolves to the address with the port in use. */
async function bind(server: Server, listen: string): Promise<string> {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^\s/:[\]]+):([0-9]+)$/i.exec(listen) ?? [];
  if (!/^unix:./.test(listen) && (host === undefined || Number(port) > 65_535)) {
    throw unusableAddress(listen, "it must be HOST:PORT or unix:PATH");
  }
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(listen, ServerCredentials.createInsecure(), (error, port) => {
      if (!error) return resolve(port);
      server.forceShutdown();
      reject(unusableAddress(listen, error.message, error));
    })
  );
  return host === undefined ? listen : `${host}:${bound}`;
}
