import { defaultListen } from "../http/http_settings.ts";
import { type HttpServer, type Routes, startHttpServer } from "../http/http_server.ts";
import { LivePage } from "../http/live_page.ts";
import type { ServeConfig } from "../settings/config.ts";
import type { Tell } from "../tell.ts";

export interface LiveServerOptions {
  /** Served beside the page. */
  readonly routes?: Routes;
  readonly tell: Tell;
}

/** A page on its server. */
export class LiveServer implements AsyncDisposable {
  readonly page: LivePage;
  readonly #server: HttpServer;

  /** @throws {Error} The address cannot be listened on. */
  constructor({ listen, token }: Pick<ServeConfig, "listen" | "token">, { routes, tell }: LiveServerOptions) {
    this.page = new LivePage();
    this.#server = startHttpServer({
      listen: listen ?? defaultListen,
      token,
      routes: { ...this.page.routes, ...routes },
      onFailure: (error, request) =>
        tell(
          `Cannot answer ${request.method} ${new URL(request.url).pathname}: ${
            error instanceof Error ? error.stack : error
          }`,
          "error",
        ),
    });
  }

  get url(): string {
    return this.#server.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.page.close();
    await this.#server.close();
  }
}
