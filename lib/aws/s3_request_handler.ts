import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { withCertificateAdvice } from "../tls/certificate_advice.ts";

type FetchHttpHandlerOptions = Exclude<
  ConstructorParameters<typeof FetchHttpHandler>[0],
  undefined | ((...given: never[]) => unknown)
>;

/** How long a connection may take to be made, in milliseconds, where an answer may take longer. */
const maxConnectTimeoutMs = 10_000;

export interface S3RequestHandlerOptions {
  /** How long S3 may be silent before a request fails. */
  readonly timeoutMs: number;
  /** Certificate authorities to check the server with, as PEM; the system's unless told. */
  readonly ca?: string;
}

/**
 * How requests to S3 travel: those with a body through `node:http`, since `fetch` copies each body, and copies of
 * 8 MiB pile up to hundreds of MiB before they are collected; all others through `fetch`, which reads several times as
 * fast.
 */
export class S3RequestHandler {
  readonly #trusting: Deno.HttpClient | undefined;
  readonly #reading: FetchHttpHandler;
  readonly #writing: NodeHttpHandler;

  constructor({ ca, timeoutMs }: S3RequestHandlerOptions) {
    const client = ca === undefined ? undefined : Deno.createHttpClient({ caCerts: [ca] });
    this.#trusting = client;
    this.#reading = new FetchHttpHandler({
      requestTimeout: timeoutMs,
      // A `Request` of Deno's takes the client that it is to be sent by.
      requestInit: client && ((() => ({ client })) as unknown as FetchHttpHandlerOptions["requestInit"]),
    });
    this.#writing = new NodeHttpHandler({
      connectionTimeout: Math.min(timeoutMs, maxConnectTimeoutMs),
      socketTimeout: timeoutMs,
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
