import { NodeHttpHandler } from "@smithy/node-http-handler";
import {
  certificateError,
  FetchRequestHandler,
  type Handle,
  type RequestHandlerOptions,
} from "./fetch_request_handler.ts";

/** How long connecting may take, in milliseconds, where an answer may take longer. */
const maxConnectTimeoutMs = 10_000;

/**
 * How requests to S3 travel: those with a body through `node:http`, since `fetch` copies each body, and copies of
 * 8 MiB pile up to hundreds of MiB before they are collected; all others through `fetch`, which reads several times as
 * fast. A request fails when S3 is silent for `timeoutMs`.
 */
export class S3RequestHandler extends FetchRequestHandler {
  readonly #writing: NodeHttpHandler;

  constructor({ ca, timeoutMs }: RequestHandlerOptions) {
    super(ca, timeoutMs);
    this.#writing = new NodeHttpHandler({
      connectionTimeout: Math.min(timeoutMs, maxConnectTimeoutMs),
      socketTimeout: timeoutMs,
      httpsAgent: ca === undefined ? undefined : { ca, keepAlive: true },
    });
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const handler = request.body instanceof Uint8Array ? this.#writing : this.fetch;
    try {
      return await handler.handle(request, options);
    } catch (error) {
      throw error instanceof Error ? certificateError(error, request.hostname) ?? error : error;
    }
  }

  override destroy(): void {
    this.#writing.destroy();
    super.destroy();
  }
}
