import { proxyOf } from "../proxies/proxy_of.ts";
import {
  addressOf,
  certificateError,
  FetchRequestHandler,
  type Handle,
  type RequestHandlerOptions,
} from "./fetch_request_handler.ts";
import { noteProxy } from "./through_proxy.ts";

/**
 * How requests to SQS travel: through `fetch`, and the proxy that the environment names. An answer is read whole, within `timeoutMs` or the request's own limit; when
 * that is over, or the request is aborted, the connection is closed. Broken connections are marked as retriable, which the
 * SDK does not see in Deno's `TypeError`.
 */
export class SqsRequestHandler extends FetchRequestHandler {
  readonly #timeoutMs: number;

  constructor({ ca, timeoutMs }: RequestHandlerOptions) {
    super(ca);
    this.#timeoutMs = timeoutMs;
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const proxy = proxyOf(addressOf(request));
    try {
      const answer = await this.#handle(request, options);
      noteProxy(answer.response, proxy);
      return answer;
    } catch (error) {
      noteProxy(error, proxy);
      throw error;
    }
  }

  async #handle(...[request, options = {}]: Parameters<Handle>): ReturnType<Handle> {
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
      const { response } = await this.fetch.handle(request, { abortSignal: ended.signal });
      const body = await new Response(response.body).bytes();
      // Credentials are got by the same handler, from services that answer in XML.
      if (request.headers["x-amz-target"]?.startsWith("AmazonSQS.")) checkAnswer(response.statusCode, body);
      response.body = body;
      return { response };
    } catch (error) {
      // The SDK retries errors of this name.
      if (isLate) {
        throw Object.assign(new Error(`no answer in ${timeoutMs / 1000} s`), { name: "TimeoutError" });
      }
      if (given?.aborted || !(error instanceof Error)) throw error;
      const distrust = certificateError(error, request.hostname);
      if (distrust !== undefined) throw distrust;
      throw error instanceof TypeError ? Object.assign(error, { $retryable: {} }) : error;
    } finally {
      clearTimeout(timer);
      given?.removeEventListener("abort", end);
    }
  }
}

/** Detects that the server is not SQS: the SDK would report a JSON parser's error. */
function checkAnswer(status: number, body: Uint8Array): void {
  try {
    if (body.length > 0) JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    const error = new Error(`the server's answer, of status ${status}, is not SQS's JSON`, { cause });
    throw status >= 500 ? Object.assign(error, { $retryable: {} }) : error;
  }
}
