/** Takes connections on a port of its own and passes them on to another one of this machine, until it is set to misbehave. */
export class TcpProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #connections = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;
  /** What becomes of connections: `silent` ones are taken, and nothing comes through. */
  mode: "pass" | "refuse" | "silent" = "pass";

  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Cuts all connections that there are; resolves to how many. */
  cut(): number {
    const cut = this.#connections.size;
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
    return cut;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    try {
      for await (const from of this.#listener) void this.#pass(from);
    } catch {
      // It has been closed.
    }
  }

  async #pass(from: Deno.TcpConn): Promise<void> {
    if (this.mode === "refuse") return close(from);
    this.#connections.add(from);
    let to: Deno.TcpConn;
    try {
      to = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    } catch {
      this.#connections.delete(from);
      return close(from);
    }
    this.#connections.add(to);
    await Promise.all([this.#copy(from, to), this.#copy(to, from)]);
    this.#connections.delete(from);
    this.#connections.delete(to);
  }

  async #copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
        if (this.mode === "silent") continue;
        for (let at = 0; at < read;) at += await to.write(buffer.subarray(at, read));
      }
    } catch {
      // One of them was cut.
    }
    close(from);
    close(to);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
