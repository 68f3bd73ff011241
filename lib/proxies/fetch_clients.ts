import { type Proxy, proxyOf, proxyVariables } from "./proxy_of.ts";

/** The clients of `fetch` for servers that are reached in different ways: directly, or through some proxy. */
export class FetchClients implements Disposable {
  readonly #ca: string | undefined;
  readonly #clients = new Map<string, Deno.HttpClient>();

  /** @param ca Certificate authorities to check servers with, as PEM. Defaults to the system's. */
  constructor(ca: string | undefined) {
    this.#ca = ca;
  }

  /**
   * The client for a server; undefined if that is `fetch`'s own.
   *
   * @throws {SluiceError} As {@linkcode proxyOf} does.
   */
  of(target: URL): Deno.HttpClient | undefined {
    const proxy = proxyOf(target);
    if (
      proxy === undefined && this.#ca === undefined && proxyVariables.every((name) => !Deno.env.get(name))
    ) {
      return undefined;
    }
    const key = JSON.stringify(proxy ?? "direct");
    const client = this.#clients.get(key) ?? createClient(proxy, this.#ca);
    this.#clients.set(key, client);
    return client;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}

/** Creates a client that goes through this proxy, or through none, whatever else the environment says. */
function createClient(proxy: Proxy | undefined, ca: string | undefined): Deno.HttpClient {
  const options: Deno.CreateHttpClientOptions = {
    ...(ca !== undefined && { caCerts: [ca] }),
    ...(proxy && {
      proxy: {
        url: proxy.url,
        ...(proxy.username !== undefined && {
          basicAuth: { username: proxy.username, password: proxy.password ?? "" },
        }),
      },
    }),
  };
  // Deno reads the variables when it creates a client, by rules of its own: NO_PROXY would win over `proxy`, and
  // HTTP_PROXY over none. Nothing else runs in between.
  const set = proxyVariables.map((name) => [name, Deno.env.get(name)] as const);
  for (const [name] of set) Deno.env.delete(name);
  try {
    return Deno.createHttpClient(options);
  } finally {
    for (const [name, value] of set) if (value !== undefined) Deno.env.set(name, value);
  }
}
