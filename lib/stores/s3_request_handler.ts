import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** How long a connection may take to be made, and how long S3 may be silent before the request is made again. */
const connectTimeoutMs = 10_000, answerTimeoutMs = 60_000;

/**
 * How requests to S3 travel: those with a body through `node:http`, since `fetch` copies each body, and copies of
 * 8 MiB pile up to hundreds of MiB before they are collected; all others through `fetch`, which reads several times as
 * fast.
 */
export class S3RequestHandler {
  readonly #reading = new FetchHttpHandler({ requestTimeout: answerTimeoutMs });
  readonly #writing = new NodeHttpHandler({
    connectionTimeout: connectTimeoutMs,
    socketTimeout: answerTimeoutMs,
  });

  handle(
    request: Parameters<FetchHttpHandler["handle"]>[0],
    options?: Parameters<FetchHttpHandler["handle"]>[1],
  ): ReturnType<FetchHttpHandler["handle"]> {
    const handler = request.body instanceof Uint8Array ? this.#writing : this.#reading;
    return handler.handle(request, options);
  }

  destroy(): void {
    this.#reading.destroy();
    this.#writing.destroy();
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}
