import { pageResponse } from "../../lib/page/page.ts";
import type { LiveSecond } from "../page/live_feed.ts";
import type { Point } from "../../lib/telemetry/snapshot.ts";

const encoder = new TextEncoder();

/** Serves the page, and a `/v1/live` that the test controls. */
export class LiveServer implements AsyncDisposable {
  /** What `/v1/live` sends at first. */
  history: readonly Point[] = [];
  /** What it sends after that. */
  second: LiveSecond;
  /** Wanted where it is set. */
  token: string | undefined;
  /** Answered with 503 while set. */
  isRefusing = false;
  /** Requests that came, as `METHOD path?query`. */
  readonly requests: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();

  constructor(second: LiveSecond) {
    this.second = second;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Readers of `/v1/live` now. */
  get readers(): number {
    return this.#streams.size;
  }

  /** Sends a second to all readers. */
  send(second: LiveSecond): void {
    this.second = second;
    this.sendText(event("state", second));
  }

  /** Sends text to all readers, as it is. */
  sendText(text: string): void {
    for (const stream of this.#streams) stream.enqueue(encoder.encode(text));
  }

  /** Ends all streams. */
  hangUp(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const { pathname, search } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}${search}`);
    if (pathname === "/") return pageResponse();
    if (pathname !== "/v1/live") return new Response(null, { status: 404 });
    if (this.isRefusing) return new Response(null, { status: 503 });
    if (this.token !== undefined && request.headers.get("authorization") !== `Bearer ${this.token}`) {
      return new Response(null, { status: 401 });
    }
    let stream: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
        this.#streams.add(stream);
        stream.enqueue(encoder.encode(event("history", this.history) + event("state", this.second)));
      },
      cancel: () => {
        this.#streams.delete(stream);
      },
    });
    return new Response(body, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }
}

function event(type: string, data: unknown): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
