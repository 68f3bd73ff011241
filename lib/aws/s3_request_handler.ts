import { NodeHttpHandler } from "@smithy/node-http-handler";
import { nodeAgents } from "../proxies/node_agents.ts";
import { type Proxy, proxyOf } from "../proxies/proxy_of.ts";
import {
  addressOf,
  certificateError,
  FetchRequestHandler,
  type Handle,
  type RequestHandlerOptions,
} from "./fetch_request_handler.ts";
import { noteProxy } from "./through_proxy.ts";

/**
 * How requests to S3 travel: those with a body through `node:http`, since `fetch` copies each body, and copies of
 * 8 MiB pile up to hundreds of MiB before they are collected; all others through `fetch`, which reads several times as
 * fast. Both go through the proxy that the environment names. A request fails when S3 is silent for `timeoutMs`.
 */
export class S3RequestHandler extends FetchRequestHandler {
  readonly #options: RequestHandlerOptions;
  /** By the proxy that they go through. */
  readonly #writing = new Map<string, NodeHttpHandler>();

  constructor(options: RequestHandlerOptions) {
    super(options.ca, options.timeoutMs);
    this.#options = options;
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const proxy = proxyOf(addressOf(request));
    const handler = request.body instanceof Uint8Array ? this.#writer(proxy) : this.fetch;
    try {
      const answer = await handler.handle(request, options);
      noteProxy(answer.response, proxy);
      return answer;
    } catch (error) {
      const told = error instanceof Error ? certificateError(error, request.hostname) ?? error : error;
      noteProxy(told, proxy);
      throw told;
    }
  }

  override destroy(): void {
    for (const handler of this.#writing.values()) handler.destroy();
    super.destroy();
  }

  #writer(proxy: Proxy | undefined): NodeHttpHandler {
    const key = JSON.stringify(proxy ?? "direct");
    let handler = this.#writing.get(key);
    if (handler === undefined) {
      const { ca, timeoutMs } = this.#options;
      handler = new NodeHttpHandler({
        connectionTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        ...nodeAgents(proxy, ca),
      });
      this.#writing.set(key, handler);
    }
    return handler;
  }
}
