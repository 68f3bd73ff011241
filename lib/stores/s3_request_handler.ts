import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { withCertificateAdvice } from "../certificate_advice.ts";

/** How long a connection may take to be made, and how long S3 may be silent before the request is made again. */
const connectTimeoutMs = 10_000, answerTimeoutMs = 60_000;

/**
 * How requests to S3 travel: those with a body through `node:http`, since `fetch` copies each body, and copies of
 * 8 MiB pile up to hundreds of MiB before they are collected; all others through `fetch`, which reads several times as
 * fast.
 */
export class S3RequestHandler {
  readonly #trusting: Deno.HttpClient | undefined;
  readonly #reading: FetchHttpHandler;
  readonly #writing: NodeHttpHandler;

  /** @param ca Certificate authorities to check the server with, as PEM; the system's unless told. */
  constructor(ca?: string) {
    const client = ca === undefined ? undefined : Deno.createHttpClient({ caCerts: [ca] });
    this.#trusting = client;
    this.#reading = new FetchHttpHandler({
      requestTimeout: answerTimeoutMs,
      // A `Request` of Deno's takes the client that it is to be sent by.
      requestInit: client && (() => ({ client }) as RequestInit),
    });
    this.#writing = new NodeHttpHandler({
      connectionTimeout: connectTimeoutMs,
      socketTimeout: answerTimeoutMs,
      httpsAgent: ca === undefined ? undefined : { ca, keepAlive: true },
    });
  }

  async handle(
    request: Parameters<FetchHttpHandler["handle"]>[0],
    options?: Parameters<FetchHttpHandler["handle"]>[1],
  ): ReturnType<FetchHttpHandler["handle"]> {
    const handler = request.body instanceof Uint8Array ? this.#writing : this.#reading;
    try {
      return await handler.handle(request, options);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const inner = error.cause instanceof Error ? error.cause : error;
      const message = withCertificateAdvice(inner.message, request.hostname, "s3Ca");
      if (message === inner.message) throw error;
      throw new Error(message, { cause: error }); // of a kind that the SDK does not try again
    }
  }

  destroy(): void {
    this.#reading.destroy();
    this.#writing.destroy();
    this.#trusting?.close();
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}
