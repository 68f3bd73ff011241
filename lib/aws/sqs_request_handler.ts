import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { withCertificateAdvice } from "../tls/certificate_advice.ts";

type FetchHttpHandlerOptions = Exclude<
  ConstructorParameters<typeof FetchHttpHandler>[0],
  undefined | ((...given: never[]) => unknown)
>;
type Handle = FetchHttpHandler["handle"];

export interface SqsRequestHandlerOptions {
  /** How long a request may take, its answer included, where it says nothing else itself. */
  readonly timeoutMs: number;
  /** Certificate authorities to check the server with, as PEM; the system's unless told. */
  readonly ca?: string;
}

/**
 * How requests to SQS travel: through `fetch`. An answer is read whole, under the time limit of its request; where
 * that is over, or the request is aborted, nothing of it goes on. Broken connections are marked as worth another try,
 * which the SDK does not see in Deno's `TypeError`.
 */
export class SqsRequestHandler {
  readonly #timeoutMs: number;
  readonly #trusting: Deno.HttpClient | undefined;
  readonly #fetch: FetchHttpHandler;

  constructor({ ca, timeoutMs }: SqsRequestHandlerOptions) {
    const client = ca === undefined ? undefined : Deno.createHttpClient({ caCerts: [ca] });
    this.#timeoutMs = timeoutMs;
    this.#trusting = client;
    this.#fetch = new FetchHttpHandler({
      // A `Request` of Deno's takes the client that it is to be sent by.
      requestInit: client && ((() => ({ client })) as unknown as FetchHttpHandlerOptions["requestInit"]),
    });
  }

  async handle(request: Parameters<Handle>[0], options: Parameters<Handle>[1] = {}): ReturnType<Handle> {
    const timeoutMs = options.requestTimeout ?? this.#timeoutMs;
    const given = options.abortSignal as AbortSignal | undefined;
    const ended = new AbortController();
    const end = () => ended.abort(given?.reason);
    if (given?.aborted) end();
    given?.addEventListener("abort", end, { once: true });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      ended.abort();
    }, timeoutMs);
    try {
      const { response } = await this.#fetch.handle(request, { abortSignal: ended.signal });
      const body = await new Response(response.body).bytes();
      checkAnswer(response.statusCode, body);
      response.body = body;
      return { response };
    } catch (error) {
      // The SDK tries again what has this name.
      if (isLate) {
        throw Object.assign(new Error(`no answer in ${timeoutMs / 1000} s`), { name: "TimeoutError" });
      }
      if (given?.aborted || !(error instanceof Error)) throw error;
      const inner = error.cause instanceof Error ? error.cause : error;
      const message = withCertificateAdvice(inner.message, request.hostname, "s3Ca");
      // Of a kind that the SDK does not try again.
      if (message !== inner.message) throw new Error(message, { cause: error });
      throw error instanceof TypeError ? Object.assign(error, { $retryable: {} }) : error;
    } finally {
      clearTimeout(timer);
      given?.removeEventListener("abort", end);
    }
  }

  destroy(): void {
    this.#fetch.destroy();
    this.#trusting?.close();
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

/** Finds out that it is not SQS that answers: the SDK would say that in words of a parser. */
function checkAnswer(status: number, body: Uint8Array): void {
  try {
    if (body.length > 0) JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    const error = new Error(`the server's answer, of status ${status}, is not SQS's JSON`, { cause });
    throw status >= 500 ? Object.assign(error, { $retryable: {} }) : error;
  }
}
