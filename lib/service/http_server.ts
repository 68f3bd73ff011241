import { createHash, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { requestOf, sendResponse } from "./node_exchange.ts";
import { HttpProblem } from "./problem.ts";

/** What answers one method of one path. */
export interface Route {
  /** Whether it asks for the token, where there is one. */
  readonly isOpen?: boolean;
  handle(request: Request): Promise<Response> | Response;
}

/** By `METHOD /path`. HEAD is answered as GET. */
export type Routes = Readonly<Record<string, Route>>;

export interface HttpServerOptions {
  /** `HOST:PORT`, `[IPV6]:PORT`; port 0 for any that is free. */
  readonly listen: string;
  /** What requests must show as `Authorization: Bearer …`; without one, only this machine may ask. */
  readonly token?: string;
  readonly routes: Routes;
  /** Told of what a route threw that is no {@linkcode HttpProblem}. */
  readonly onFailure: (error: unknown, request: Request) => void;
}

export interface HttpServer {
  /** `http://127.0.0.1:8787/` */
  readonly url: string;
  /**
   * Waits for the answers under way, for 2 s at most: somebody who does not read must not keep the process. Then ends
   * listening, and cuts all connections off.
   */
  close(): Promise<void>;
}

/** How long answers that are ready have to leave when the server is closed, in milliseconds. */
const closeMs = 2_000;
/** How long a request's head may take, in milliseconds. Its body is the routes' to judge. */
const headersTimeoutMs = 10_000;
/** Connections at once; more are turned away. */
const maxConnections = 10_000;

/**
 * Serves routes over HTTP. Without a token it listens on this machine's own addresses alone, and takes no request that
 * a page of another site sends through somebody's browser.
 *
 * Stands on `node:http`: `Deno.serve` of 2.8.3 to 2.9.5 reads no more of a body once its answer has begun
 * (denoland/deno#36624).
 *
 * @throws {Error} The address cannot be listened on; or it is not this machine's own and there is no token.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { listen, onFailure, routes, token } = options;
  const { host, port } = addressOf(listen);
  if (token === undefined && !isLoopback(host)) {
    throw new Error(
      `Cannot listen on ${listen} without a token: set SLUICE_TOKEN, or listen on 127.0.0.1`,
    );
  }
  const paths = new Set(Object.keys(routes).map((route) => route.split(" ")[1]!));
  const allowed = token === undefined ? fromThisMachine : (request: Request) => checkToken(request, token);

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = routes[`${method} ${pathname}`];
    if (route === undefined) {
      if (!paths.has(pathname)) throw new HttpProblem(404, `There is nothing at ${pathname}`);
      const methods = Object.keys(routes).filter((key) => key.endsWith(` ${pathname}`)).map((key) =>
        key.split(" ")[0]!
      );
      if (methods.includes("GET")) methods.push("HEAD");
      throw new HttpProblem(405, `${pathname} takes ${methods.join(", ")}, not ${method}`, {
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
      return new HttpProblem(500, "It is a fault of the server; its log has more").response();
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
          ? new HttpProblem(400, "The header Host, or the path, is none").response()
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
    const { code, message } = cause as Error & { code?: string };
    const why = code === "EADDRINUSE" ? "the address is in use" : message;
    throw new Error(`Cannot listen on ${listen}: ${why}`, { cause });
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

/** Host and port of an address to listen on. */
export function addressOf(listen: string): { host: string; port: number } {
  const [, host = "", port = ""] = /^(.*):(\d{1,5})$/.exec(listen) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

/** Whether an address can be reached from this machine alone. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Keeps pages of other sites from asking through the browser of somebody on this machine. */
function fromThisMachine(request: Request): void {
  const site = request.headers.get("sec-fetch-site"), origin = request.headers.get("origin");
  const { host, hostname } = new URL(request.url);
  if (
    (site === null || site === "same-origin" || site === "none") &&
    // Some browsers send no more than this.
    (origin === null || URL.parse(origin)?.host === host) &&
    isLoopback(hostname.replace(/^\[|\]$/g, ""))
  ) {
    return;
  }
  throw new HttpProblem(
    403,
    "Without a token, only programs and pages of this machine may ask; set SLUICE_TOKEN",
  );
}

function checkToken(request: Request, token: string): void {
  const given = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const digest = (text: string) => createHash("sha256").update(text).digest();
  // Equal lengths for the comparison, which takes as long whatever is given.
  if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return;
  throw new HttpProblem(401, "The token of this server is wanted, as Authorization: Bearer TOKEN", {
    "www-authenticate": "Bearer",
  });
}
