import type { IncomingMessage, ServerResponse } from "node:http";

/** How long a client whose body was not read to its end may take to read its answer, in milliseconds. */
const lastWordMs = 1_000;

/**
 * What `node:http` has received, as a `Request`. Its signal is aborted if the client disconnects before it has its
 * answer; its body is read only as fast as its reader reads. Returns `undefined` if its address is invalid.
 */
export function requestOf(message: IncomingMessage, response: ServerResponse): Request | undefined {
  const { headers, method = "GET", url = "" } = message;
  const address = url.startsWith("/") ? `http://${headers.host ?? "localhost"}${url}` : url;
  const parsed = URL.parse(address);
  if (parsed === null || parsed.protocol !== "http:") return undefined;
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new Error("the client disconnected"));
  });
  const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) given.set(name, String(value));
  try {
    return new Request(parsed, {
      method,
      headers: given,
      body: hasBody && method !== "GET" && method !== "HEAD" ? bodyOf(message) : null,
      signal: gone.signal,
    });
  } catch {
    return undefined; // a method that Fetch does not take
  }
}

/**
 * Sends an answer, only as fast as the client reads it; cuts the connection if the answer's body fails. Resolves when
 * everything is sent, or cannot be. Never throws.
 */
export async function sendResponse(
  { body, headers, status }: Response,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once("close", resolve));
  if (response.destroyed || message.socket.destroyed) {
    await body?.cancel().catch(() => {});
    return;
  }
  response.writeHead(status, Object.fromEntries(headers));
  if (body === null || message.method === "HEAD") {
    await body?.cancel().catch(() => {});
    response.end();
    await closed;
    return;
  }
  response.flushHeaders();
  const reader = body.getReader();
  const leave = () => void reader.cancel(new Error("the client disconnected")).catch(() => {});
  response.once("close", leave);
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (response.destroyed) return;
      if (!response.write(value)) await drained(response);
    }
    response.off("close", leave);
    if (!response.destroyed) response.end();
    await closed;
  } catch {
    response.destroy();
  }
  if (!message.complete) endUnread(message);
}

function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  let wake = () => {};
  for (const event of ["readable", "end", "close", "error"]) message.on(event, () => wake());
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      while (true) {
        const chunk = message.read() as Uint8Array<ArrayBuffer> | null;
        if (chunk !== null) return controller.enqueue(new Uint8Array(chunk));
        if (message.readableEnded) return controller.close();
        if (message.destroyed) throw new Error("the connection was closed");
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    cancel: () => wake(),
  }, { highWaterMark: 0 });
}

/** Resolves when more may be written, or the connection is closed. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off("drain", end);
      response.off("close", end);
      resolve();
    };
    response.once("drain", end);
    response.once("close", end);
  });
}

/** Skips the rest of the body, so that the client sees its answer; then cuts the connection. */
function endUnread(message: IncomingMessage): void {
  const { socket } = message;
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), lastWordMs);
  socket.once("close", () => clearTimeout(timer));
  message.once("end", () => clearTimeout(timer));
  // A stream with such a listener does not flow.
  message.removeAllListeners("readable");
  message.resume();
}
