import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";

/** How long a server may take to show what it is, in milliseconds. */
const maxLookMs = 2_000;

/** What a server turned out to speak. */
export type Listener =
  /** TLS, and within it HTTP/2 or not. */
  | { readonly kind: "tls"; readonly hasHttp2: boolean }
  /** HTTP/1 without TLS. */
  | { readonly kind: "http1" };

/**
 * What listens at an address to which no connection of gRPC could be made. Sends a TLS handshake, then a request of
 * HTTP/1, and no credentials.
 *
 * @returns Undefined if nothing answers, or it is something else.
 */
export async function whatListens(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Listener | undefined> {
  const alpn = await alpnOf(host, port, signal);
  if (alpn !== undefined) return { kind: "tls", hasHttp2: alpn === "h2" };
  const answer = await firstAnswer(host, port, signal);
  return answer?.startsWith("HTTP/1.") ? { kind: "http1" } : undefined;
}

/** The protocol chosen within TLS, empty if none was; undefined if it is no TLS. */
function alpnOf(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  // The certificate does not matter here: nothing is sent.
  const socket = connectTls({ host, port, ALPNProtocols: ["h2"], rejectUnauthorized: false });
  return settled(socket, signal, (found) => {
    socket.once("secureConnect", () => found(socket.alpnProtocol || ""));
  });
}

function firstAnswer(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  const socket = connectTcp({ host, port });
  return settled(socket, signal, (found) => {
    socket.once(
      "connect",
      () => socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
    );
    socket.once("data", (bytes) => found(bytes.toString("latin1")));
  });
}

/** Undefined if the socket fails, ends or takes too long first. Closes it. */
function settled(
  socket: ReturnType<typeof connectTcp>,
  signal: AbortSignal,
  listen: (found: (what: string) => void) => void,
): Promise<string | undefined> {
  return new Promise<string | undefined>((resolve) => {
    const over = () => resolve(undefined);
    const timer = setTimeout(over, maxLookMs);
    signal.addEventListener("abort", over, { once: true });
    socket.on("error", over);
    socket.once("close", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      over();
    });
    listen(resolve);
  }).finally(() => socket.destroy());
}
