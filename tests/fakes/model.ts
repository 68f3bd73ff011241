import { Buffer } from "node:buffer";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { type SeniorityHandler, seniorityService } from "../../lib/seniority/contract.ts";
import { FakeBehaviour, type FakeModelOptions, type FakeStatus } from "./model_behaviour.ts";

export * from "./model_behaviour.ts";
export { InProcessModel } from "./in_process_model.ts";

export interface FakeServerOptions extends FakeModelOptions {
  /** `HOST:PORT` or `unix:PATH`; a free port of the loopback when absent. */
  readonly listen?: string;
  /** PEM files; with a `ca` the client must show a certificate. */
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array; readonly ca?: Uint8Array };
}

/** The model as a gRPC server in this process, with delays, errors and bad answers on demand. */
export class FakeModel extends FakeBehaviour implements AsyncDisposable {
  #server = newServer();
  #url = "";
  readonly #answer: SeniorityHandler;
  #tls: FakeServerOptions["tls"];

  private constructor(options: FakeModelOptions) {
    super(options);
    this.#answer = async (call, callback) => {
      const givenUp = new AbortController();
      call.on("cancelled", () => givenUp.abort());
      const questions = call.request.batch.map(({ uuid, company, title }) => ({ id: uuid, company, title }));
      const headers = Object.fromEntries(
        Object.entries(call.metadata.getMap()).map(([name, value]) => [name, String(value)]),
      );
      try {
        const reply = await this.reply(questions, headers, givenUp.signal);
        if (Array.isArray(reply)) {
          callback(null, { batch: reply.map(({ id, value }) => ({ uuid: id, seniority: value })) });
        } else callback(serverError(reply));
      } catch (error) {
        callback(serverError({ code: "CANCELLED", details: String(error) }));
      }
    };
  }

  static async start(options: FakeServerOptions = {}): Promise<FakeModel> {
    const { listen = "127.0.0.1:0", tls } = options;
    const fake = new FakeModel(options);
    fake.#tls = tls;
    const port = await fake.#listen(listen);
    fake.#url = listen.startsWith("unix:")
      ? listen
      : `${tls ? "grpcs" : "grpc"}://${listen.replace(/:\d+$/, "")}:${port}`;
    return fake;
  }

  #listen(address: string): Promise<number> {
    const tls = this.#tls;
    const pem = (bytes: Uint8Array) => Buffer.from(bytes);
    const credentials = tls
      ? ServerCredentials.createSsl(
        pem(tls.ca ?? tls.cert), // without one, Deno's server does not speak TLS at all
        [{ cert_chain: pem(tls.cert), private_key: pem(tls.key) }],
        tls.ca !== undefined,
      )
      : ServerCredentials.createInsecure();
    this.#server.addService(seniorityService, { InferSeniority: this.#answer });
    return new Promise((resolve, reject) =>
      this.#server.bindAsync(address, credentials, (error, port) => error ? reject(error) : resolve(port))
    );
  }

  /** Cuts all connections off, is away for so long, and listens on its port again. */
  async restart(awayMs: number): Promise<void> {
    await this.#stop();
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    this.#server = newServer();
    await this.#listen(this.#url.replace(/^grpcs?:\/\//, ""));
  }

  /** Where it is, for `--model`. */
  get url(): string {
    return this.#url;
  }

  /**
   * Sends GOAWAY to all clients, as each rolling restart does, and keeps listening. Calls under way
   * have `graceMs` to end, then they are cut off.
   */
  goAway(graceMs: number): void {
    this.#server.drain(this.#url.replace(/^grpcs?:\/\//, ""), graceMs);
  }

  /** Cuts all connections off, and listens no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    this.#server.forceShutdown();
    await closed;
  }
}

function newServer(): Server {
  return new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
}

function serverError({ code, details = "on demand" }: FakeStatus) {
  return Object.assign(new Error(details), { code: status[code as keyof typeof status], details });
}
