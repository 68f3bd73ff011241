import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface FakeProxyOptions {
  /** Servers that only it knows the way to: `host:port` to `host:port`. Others are reached as they are named. */
  readonly ways?: Readonly<Record<string, string>>;
  /** `USER:PASSWORD` that clients must name. */
  readonly credentials?: string;
  /** Called for each request: whether its connection is cut, before it is passed on or in place of its answer. */
  readonly cut?: () => "before" | "answer" | undefined;
}

/** An HTTP proxy in process: absolute URIs for `http:`, CONNECT for everything else. Every request is recorded. */
export class FakeProxy implements AsyncDisposable {
  /** `PUT http://host:port/path`, `CONNECT host:port`, in the order in which they came. */
  readonly requests: string[] = [];
  readonly #options: FakeProxyOptions;
  readonly #server: Server;
  readonly #tunnels = new Set<Socket>();

  private constructor(options: FakeProxyOptions) {
    this.#options = options;
    this.#server = createServer((incoming, response) => this.#forward(incoming, response));
    this.#server.on("connect", (incoming, socket, head) => this.#tunnel(incoming, socket as Socket, head));
  }

  static async start(options: FakeProxyOptions = {}): Promise<FakeProxy> {
    const proxy = new FakeProxy(options);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** `http://127.0.0.1:PORT`, without credentials. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#tunnels) socket.destroy();
    await closed;
  }

  #wayTo(host: string): [hostname: string, port: number] {
    const [, hostname = "", port = ""] = /^(.*):(\d+)$/.exec(this.#options.ways?.[host] ?? host)!;
    return [hostname, Number(port)];
  }

  /** Notes a request; whether it may pass. */
  #admits(incoming: IncomingMessage): boolean {
    this.requests.push(`${incoming.method} ${incoming.url}`);
    const { credentials } = this.#options;
    return credentials === undefined ||
      incoming.headers["proxy-authorization"] === `Basic ${Buffer.from(credentials).toString("base64")}`;
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    if (!this.#admits(incoming)) {
      response.writeHead(407, { "content-length": "0" }).end();
      return;
    }
    const cut = this.#options.cut?.();
    if (cut === "before") return void incoming.socket.destroy();
    const { pathname, search, host } = new URL(incoming.url!);
    const [hostname, port] = this.#wayTo(host);
    const path = incoming.url!.slice(incoming.url!.indexOf(pathname + search));
    const { "proxy-authorization": _, "proxy-connection": __, ...headers } = incoming.headers;
    const onward = request({ hostname, port, path, method: incoming.method, headers, agent: false });
    onward.on("response", (answer) => {
      if (cut === "answer") {
        answer.resume();
        return void incoming.socket.destroy();
      }
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.headersSent ? response.destroy() : response.writeHead(502).end());
    incoming.pipe(onward);
  }

  #tunnel(incoming: IncomingMessage, socket: Socket, head: Uint8Array): void {
    if (!this.#admits(incoming)) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const [hostname, port] = this.#wayTo(incoming.url!);
    const onward = connect(port, hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const end of [socket, onward]) {
      this.#tunnels.add(end);
      end.on("close", () => this.#tunnels.delete(end));
    }
    socket.on("error", () => onward.destroy());
    onward.on("error", () => socket.destroy());
  }
}
