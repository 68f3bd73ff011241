import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";

/**
 * What hands out credentials, in process: STS, the portal of SSO, a container's and a machine's metadata. The access key says
 * where it is from: `STS`, `SSO`, `CONTAINER`, `MACHINE`.
 */
export class CredentialServer implements AsyncDisposable {
  /** `AssumeRole`, `GET /federation/credentials`, in the order in which they came. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks = await Array.fromAsync(request as AsyncIterable<Uint8Array>);
      const body = new TextDecoder().decode(await new Blob(chunks as BlobPart[]).bytes());
      const action = /Action=(\w+)/.exec(body)?.[1];
      const path = request.url!.split("?")[0]!;
      this.requests.push(action ?? `${request.method} ${path}`);
      response.end(action === undefined ? answerTo(path) : roleOf(action));
    });
  }

  static async start(): Promise<CredentialServer> {
    const server = new CredentialServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

const endMs = Date.UTC(2099, 0);
const expiration = new Date(endMs).toISOString();

function answerTo(path: string): string {
  const metadata = { SecretAccessKey: "s", Token: "t", Expiration: expiration };
  switch (path) {
    case "/latest/api/token":
      return "token";
    case "/latest/meta-data/iam/security-credentials/":
      return "role";
    case "/latest/meta-data/iam/security-credentials/role":
      return JSON.stringify({ Code: "Success", AccessKeyId: "MACHINE", ...metadata });
    case "/container":
      return JSON.stringify({ AccessKeyId: "CONTAINER", ...metadata });
    default:
      return JSON.stringify({
        roleCredentials: { accessKeyId: "SSO", secretAccessKey: "s", sessionToken: "t", expiration: endMs },
      });
  }
}

function roleOf(action: string): string {
  const credentials = "<AccessKeyId>STS</AccessKeyId><SecretAccessKey>s</SecretAccessKey>" +
    `<SessionToken>t</SessionToken><Expiration>${expiration}</Expiration>`;
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>` +
    `<Credentials>${credentials}</Credentials></${action}Result></${action}Response>`;
}
