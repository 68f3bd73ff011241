import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { FetchClients } from "../proxies/fetch_clients.ts";
import { withCertificateAdvice } from "../tls/certificate_advice.ts";

type FetchHttpHandlerOptions = Exclude<
  ConstructorParameters<typeof FetchHttpHandler>[0],
  undefined | ((...given: never[]) => unknown)
>;

/** What the AWS SDK calls for each request. */
export type Handle = FetchHttpHandler["handle"];

export interface RequestHandlerOptions {
  /** How long the server may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Certificate authorities to check the server with, as PEM. Defaults to the system's. */
  readonly ca?: string;
}

/**
 * The part that is the same for all AWS services: requests by `fetch`, with certificate authorities of one's own, through
 * the proxy that the environment names.
 */
export abstract class FetchRequestHandler {
  protected readonly fetch: FetchHttpHandler;
  readonly #clients: FetchClients;

  /** @param requestTimeout In milliseconds; without it, `handle` sets the limit. */
  constructor(ca: string | undefined, requestTimeout?: number) {
    const clients = this.#clients = new FetchClients(ca);
    const requestInit = (request: SentRequest) => {
      const client = clients.of(addressOf(request));
      return client === undefined ? {} : { client };
    };
    this.fetch = new FetchHttpHandler({
      requestTimeout,
      // A `Request` of Deno's takes the client that it is to be sent by.
      requestInit: requestInit as unknown as FetchHttpHandlerOptions["requestInit"],
    });
  }

  abstract handle(...[request, options]: Parameters<Handle>): ReturnType<Handle>;

  destroy(): void {
    this.fetch.destroy();
    this.#clients[Symbol.dispose]();
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

type SentRequest = Pick<Parameters<Handle>[0], "hostname" | "port" | "protocol">;

/** The server that a request goes to. */
export function addressOf({ protocol, hostname, port }: SentRequest): URL {
  return new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
}

/** An error with advice if the server's certificate is not trusted; the SDK does not retry it. Else undefined. */
export function certificateError(error: Error, host: string): Error | undefined {
  const inner = error.cause instanceof Error ? error.cause : error;
  const message = withCertificateAdvice(inner.message, host, "s3Ca");
  return message === inner.message ? undefined : new Error(message, { cause: error });
}
