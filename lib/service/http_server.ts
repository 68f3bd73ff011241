import { createHash, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { requestOf, sendResponse } from "./node_exchange.ts";
import { HttpProblem } from "./problem.ts";

/** What answers one method of one path. */
export interface Route {
  /** Whether it is served without the token. */
  readonly isOpen?: boolean;
  handle(request: Request): Promise<Response> | Response;
}

/** Keyed by `METHOD /path`. HEAD is answered as GET. */
export type Routes = Readonly<Record<string, Route>>;

export interface HttpServerOptions {
  /** `HOST:PORT` or `[IPV6]:PORT`; port 0 for any free port. */
  readonly listen: string;
  /** What requests must carry as `Authorization: Bearer …`; without one, only requests of this machine are accepted. */
  readonly token?: string;
  readonly routes: Routes;
  /** Called with what a route threw, unless it is an {@linkcode HttpProblem}. */
  readonly onFailure: (error: unknown, request: Request) => void;
}

export interface HttpServer {
  /** `http://127.0.0.1:8787/` */
  readonly url: string;
  /**
   * Waits for the answers in flight, at most 2 s: a client that does not read must not keep the process. Then stops
   * listening and cuts all connections.
   */
  close(): Promise<void>;
}

/** How long finished answers may take to be sent when the server is closed, in milliseconds. */
const closeMs = 2_000;
/** How long a request's head may take, in milliseconds. The routes judge its body. */
const headersTimeoutMs = 10_000;
/** Connections at once; further ones are rejected. */
const maxConnections = 10_000;

/**
 * Serves routes over HTTP. Without a token it listens only on loopback addresses, and rejects requests that a page of
 * another site sends through a browser on this machine.
 *
 * Built on `node:http`: `Deno.serve` of 2.8.3 to 2.9.5 reads no more of a body once its answer has begun
 * (denoland/deno#36624).
 *
 * @throws {SluiceError} `input`: the address cannot be listened on. `settings`: it is no loopback address and there is
 * no token.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { listen, onFailure, routes, token } = options;
  const { host, port } = addressOf(listen);
  if (token === undefined && !isLoopback(host)) {
    throw new SluiceError({
      kind: "settings",
      action: "listen on",
      subject: listen,
      reason:
        "other machines can reach this address, and there is no token: set SLUICE_TOKEN, or listen on 127.0.0.1",
    });
  }
  const paths = new Set(Object.keys(routes).map((route) => route.split(" ")[1]!));
  const allowed = token === undefined ? fromThisMachine : (request: Request) => checkToken(request, token);

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = routes[`${method} ${pathname}`];
    if (route === undefined) {
      if (!paths.has(pathname)) throw new HttpProblem(404, `Nothing is served at ${pathname}`);
      const methods = Object.keys(routes).filter((key) => key.endsWith(` ${pathname}`)).map((key) =>
        key.split(" ")[0]!
      );
      if (methods.includes("GET")) methods.push("HEAD");
      throw new HttpProblem(405, `${pathname} accepts ${methods.join(", ")}, not ${method}`, {
        allow: methods.join(", "),
      });
    }
    if (!route.isOpen) allowed(request);
    return await route.handle(request);
  };
  const answerOrProblem = async (request: Request): Promise<Response> => {
    try {
      return await answer(request);
    } catch (error) {
      if (error instanceof HttpProblem) return error.response();
      onFailure(error, request);
      return new HttpProblem(500, "Internal error of the server; its log has the details").response();
    }
  };

  let underWay = 0, onIdle = () => {};
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: 0 },
    async (message, response) => {
      underWay++;
      try {
        const request = requestOf(message, response);
        const answered = request === undefined
          ? new HttpProblem(400, "Invalid Host header or path").response()
          : await answerOrProblem(request);
        await sendResponse(answered, message, response);
      } finally {
        if (--underWay === 0) onIdle();
      }
    },
  );
  server.maxConnections = maxConnections;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    const isInUse = (cause as { code?: unknown }).code === "EADDRINUSE";
    const reason = isInUse ? "the address is in use" : reasonOf(cause);
    throw new SluiceError({ kind: "input", action: "listen on", subject: listen, reason, cause });
  }
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(":") ? `[${address}]` : address}:${bound}/`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      let timer: ReturnType<typeof setTimeout> | undefined;
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve;
          timer = setTimeout(resolve, closeMs);
        });
      }
      clearTimeout(timer);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Splits an address to listen on. */
export function addressOf(listen: string): { host: string; port: number } {
  const [, host = "", port = ""] = /^(.*):(\d{1,5})$/.exec(listen) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

/** Whether only this machine can reach an address. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Keeps pages of other sites from sending requests through a browser on this machine. */
function fromThisMachine(request: Request): void {
  const site = request.headers.get("sec-fetch-site"), origin = request.headers.get("origin");
  const { host, hostname } = new URL(request.url);
  if (
    (site === null || site === "same-origin" || site === "none") &&
    // Some browsers send only this header.
    (origin === null || URL.parse(origin)?.host === host) &&
    isLoopback(hostname.replace(/^\[|\]$/g, ""))
  ) {
    return;
  }
  throw new HttpProblem(
    403,
    "Without a token, the server accepts requests only from programs and pages of its own machine; set SLUICE_TOKEN",
  );
}

function checkToken(request: Request, token: string): void {
  const given = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const digest = (text: string) => createHash("sha256").update(text).digest();
  // Digests have equal lengths, so the comparison takes the same time for any token.
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  throw new HttpProblem(401, "This server requires its token, as Authorization: Bearer TOKEN", {
    "www-authenticate": "Bearer",
  });
}
