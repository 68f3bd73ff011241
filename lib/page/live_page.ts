import { HttpProblem } from "../service/problem.ts";
import type { Routes } from "../service/http_server.ts";
import type { Monitor } from "../telemetry/monitor.ts";
import { pageResponse } from "./page.ts";
import { maxPoints, type Point } from "../telemetry/snapshot.ts";

/** Pages that are open at once, at most. */
const maxViewers = 100;
/** Events that wait for a slow page before further ones are skipped. */
const maxQueued = 4;

/**
 * The page and its figures: `/`, `/v1/live`, `/metrics`, `/healthz`, `/readyz`. Shows one monitor at a time; the history
 * of the last ten minutes continues if another monitor takes its place.
 */
export class LivePage {
  #monitor: Monitor | undefined;
  #unwatch: (() => void) | undefined;
  readonly #points: Point[] = [];
  #isClosed = false;
  readonly #viewers = new Set<ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>>();

  /** Shows this monitor from now on. */
  show(monitor: Monitor): void {
    this.#unwatch?.();
    this.#monitor = monitor;
    this.#unwatch = monitor.watch((snapshot, point) => {
      this.#points.push(point);
      if (this.#points.length > maxPoints) this.#points.shift();
      const state = event("state", { snapshot, point });
      // A slow page skips some: later ones say more.
      for (const viewer of this.#viewers) if ((viewer.desiredSize ?? 0) > 0) viewer.enqueue(state);
    });
  }

  /** Ends all event streams. */
  close(): void {
    this.#isClosed = true;
    this.#unwatch?.();
    for (const viewer of this.#viewers) viewer.close();
    this.#viewers.clear();
  }

  get routes(): Routes {
    return {
      "GET /": { isOpen: true, handle: () => pageResponse() },
      "GET /v1/live": { handle: () => this.#live() },
      "GET /metrics": { handle: () => this.#metrics() },
      "GET /healthz": { isOpen: true, handle: () => text(200, "alive") },
      "GET /readyz": {
        isOpen: true,
        handle: () => this.#monitor?.isReady ? text(200, "ready") : text(503, "not ready"),
      },
    };
  }

  #live(): Response {
    if (this.#isClosed) throw new HttpProblem(503, "The server is shutting down", { "retry-after": "10" });
    if (this.#viewers.size >= maxViewers) {
      throw new HttpProblem(503, `${maxViewers} pages are open already`, { "retry-after": "10" });
    }
    let viewer: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
    const events = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        viewer = controller;
        controller.enqueue(event("history", this.#points));
        this.#viewers.add(controller);
      },
      cancel: () => void this.#viewers.delete(viewer),
    }, { highWaterMark: maxQueued });
    return new Response(events, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }

  async #metrics(): Promise<Response> {
    const metrics = this.#monitor?.metrics;
    if (metrics === undefined) throw new HttpProblem(503, "There are no metrics yet", { "retry-after": "1" });
    return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
  }
}

const encoder = new TextEncoder();

/** A server-sent event, https://html.spec.whatwg.org/multipage/server-sent-events.html */
function event(name: string, data: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

function text(status: number, words: string): Response {
  return new Response(`${words}\n`, { status, headers: { "cache-control": "no-store" } });
}
