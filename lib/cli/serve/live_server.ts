import { defaultListen } from "../../service/http_settings.ts";
import { logFailure } from "../../service/failure_problem.ts";
import { type HttpServer, type Routes, startHttpServer } from "../../service/http_server.ts";
import { LivePage } from "../../page/live_page.ts";
import type { Config } from "../settings/sections.ts";
import type { Tell } from "../../text/tell.ts";

export interface LiveServerOptions {
  /** Served beside the page. */
  readonly routes?: Routes;
  readonly tell: Tell;
}

/** A page on its server. */
export class LiveServer implements AsyncDisposable {
  readonly page: LivePage;
  readonly #server: HttpServer;

  private constructor(page: LivePage, server: HttpServer) {
    this.page = page;
    this.#server = server;
  }

  /** @throws {Error} The address cannot be listened on. */
  static async open(
    { listen, token }: Pick<Config["service"], "listen" | "token">,
    { routes, tell }: LiveServerOptions,
  ): Promise<LiveServer> {
    const page = new LivePage();
    const server = await startHttpServer({
      listen: listen ?? defaultListen,
      token,
      routes: { ...page.routes, ...routes },
      onFailure: (error, request) =>
        logFailure(`Cannot answer ${request.method} ${new URL(request.url).pathname}`, error, tell),
    });
    return new LiveServer(page, server);
  }

  get url(): string {
    return this.#server.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.page.close();
    await this.#server.close();
  }
}
