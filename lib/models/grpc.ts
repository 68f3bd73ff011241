import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import tls, { checkServerIdentity, type PeerCertificate } from "node:tls";
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { type Attributes, trace } from "@opentelemetry/api";
import { SluiceError } from "../errors/sluice_error.ts";
import { flagOf } from "../settings/names.ts";
import { either } from "../text/format.ts";
import { printableAddress } from "../text/printable_address.ts";
import { listenerReason, withGrpcAdvice } from "./grpc_advice.ts";
import { grpcProxyOf, isLoopback, quietGrpc, throughProxy } from "./grpc_proxy.ts";
import { type Model, ModelError, type ModelFailure, type Question, type RawAnswer } from "./model.ts";
import { grpcForms, modelSettings } from "./model_settings.ts";
import { modelFailure } from "./model_failure.ts";
import { whatListens } from "./what_listens.ts";
import { TracedMetadata } from "./traced_metadata.ts";

/** An answer larger than this is an error: 1,000 answers are 15 kB at most. */
const maxAnswerBytes = 64 * 1024 * 1024;
/** How long {@linkcode GrpcModel.check} waits, in milliseconds. */
const maxCheckMs = 10_000;

/** Sent in TLS in place of an IP address, which node:tls refuses there; the certificate is checked for the address. */
const nameOfIp = "ip-address.invalid";

/** What calls fail with that have no connection. */
const isUnreachable: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

quietGrpc();

const channelOptions: ChannelOptions = {
  "grpc.max_send_message_length": -1,
  "grpc.max_receive_message_length": maxAnswerBytes,
  // The queue of questions retries, counts what it retries and gives up: a second layer would multiply that.
  "grpc.enable_retries": 0,
  "grpc.service_config_disable_resolution": 1,
  // Finds a dead connection within a call's deadline; if pinged more often, servers answer ENHANCE_YOUR_CALM.
  "grpc.keepalive_time_ms": 60_000,
  "grpc.keepalive_timeout_ms": 20_000,
  // The library's own 120 s would keep a run waiting long after the model has come back.
  "grpc.initial_reconnect_backoff_ms": 250,
  "grpc.max_reconnect_backoff_ms": 5_000,
  // A connection of its own for each client, so that closing one closes its connection at once.
  "grpc.use_local_subchannel_pool": 1,
};

/** How questions and answers lie in the messages of a gRPC method. */
export interface GrpcContract<Request, Response> {
  readonly method: MethodDefinition<Request, Response>;
  /** What `check` reports as the service's name. */
  readonly service: string;
  /** The file that has the method, for messages. */
  readonly proto: string;
  readonly range: Model["range"];
  /** The message of one call; without questions, an empty call. */
  request(questions: readonly Question[]): Request;
  answers(response: Response): readonly RawAnswer[];
}

export interface GrpcModelOptions {
  /** Seconds before a call fails with DEADLINE_EXCEEDED, more than 0. Defaults to 60. */
  readonly deadlineSeconds?: number;
  /** Sent with each call, `name: value`; the value of a name that ends in `-bin` is base64. */
  readonly headers?: readonly string[];
  /** Certificates (PEM) to trust instead of the system's; `grpcs:` only. */
  readonly ca?: Uint8Array;
  /** Certificate (PEM) that the client shows, together with `key`; `grpcs:` only. */
  readonly cert?: Uint8Array;
  /** Private key (PEM) of `cert`. */
  readonly key?: Uint8Array;
  /** The version that runs this; for tests. */
  readonly denoVersion?: string;
}

/**
 * A model behind gRPC, at `grpc://HOST:PORT`, `grpcs://HOST:PORT` (TLS) or `unix:PATH`. One connection, opened by the
 * first call, and again after it is lost; calls share it, and nothing is buffered here.
 */
export class GrpcModel<Request, Response> implements Model {
  readonly url: string;
  readonly range: Model["range"];
  readonly #contract: GrpcContract<Request, Response>;
  readonly #client: Client;
  readonly #headers: Metadata;
  /** Undefined for a Unix socket. */
  readonly #host: string | undefined;
  readonly #deadlineMs: number;
  readonly #spanAttributes: Attributes;
  readonly #underWay = new Set<ClientUnaryCall>();

  /**
   * Does not connect yet.
   *
   * @throws {SluiceError} The address, a header, the deadline or a certificate cannot be used, or this Deno cannot run
   * a gRPC client.
   */
  constructor(url: string, contract: GrpcContract<Request, Response>, options: GrpcModelOptions = {}) {
    refuseBrokenDeno(options.denoVersion ?? Deno.version.deno);
    const { deadlineSeconds = modelSettings.deadline.default } = options;
    if (!(deadlineSeconds > 0)) {
      throw unusable(url, `deadlineSeconds must be more than 0, not ${deadlineSeconds}`);
    }
    this.#deadlineMs = deadlineSeconds * 1000;
    this.#headers = metadataOf(options.headers ?? []);
    this.url = url;
    this.range = contract.range;
    this.#contract = contract;
    const target = targetOf(url);
    this.#host = hostOf(target);
    const isDirect = this.#host === undefined || isLoopback(this.#host);
    this.#spanAttributes = spanAttributesOf(target, contract.method.path);
    const ip = ipOf(target);
    this.#client = new Client(target, credentialsOf(url, ip, options), {
      ...channelOptions,
      ...(ip && { "grpc.ssl_target_name_override": nameOfIp }),
      ...(isDirect && { "grpc.enable_http_proxy": 0 }),
    });
  }

  /**
   * Takes part in the active span: sets its attributes by OpenTelemetry's conventions, and sends its `traceparent`.
   *
   * @throws {ModelError} With the status's name as `code`: `Cannot ask grpc://host:port: UNAVAILABLE: …`.
   * @throws The signal's reason, once it is aborted; the call is cancelled.
   */
  async ask(questions: readonly Question[], signal: AbortSignal): Promise<readonly RawAnswer[]> {
    const response = await this.#call(this.#contract.request(questions), this.#deadlineMs, signal);
    return this.#contract.answers(response);
  }

  /**
   * Makes an empty call, with at most 10 seconds to answer. A model that refuses an empty call passes. If there is no
   * connection, finds out what listens there instead.
   */
  async check(signal: AbortSignal): Promise<string> {
    const started = performance.now();
    try {
      await this.#call(this.#contract.request([]), Math.min(this.#deadlineMs, maxCheckMs), signal);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      if (error.code !== "INVALID_ARGUMENT") throw await this.#explained(error, signal);
    }
    return `${this.#contract.service} answered an empty call in ${Math.ceil(performance.now() - started)} ms`;
  }

  /** Calls in flight fail with CANCELLED. */
  close(): Promise<void> {
    this.#client.close();
    for (const call of this.#underWay) call.cancel();
    return Promise.resolve();
  }

  #call(request: Request, deadlineMs: number, signal: AbortSignal): Promise<Response> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { path, requestSerialize, responseDeserialize } = this.#contract.method;
    const span = trace.getActiveSpan();
    span?.setAttributes(this.#spanAttributes);
    return new Promise((resolve, reject) => {
      const cancel = () => call.cancel();
      let contentType: string | undefined;
      const call = this.#client.makeUnaryRequest<Request, Response>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        span === undefined ? this.#headers : new TracedMetadata(this.#headers),
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          signal.removeEventListener("abort", cancel);
          this.#underWay.delete(call);
          span?.setAttribute("rpc.grpc.status_code", error?.code ?? status.OK);
          if (signal.aborted) reject(signal.reason);
          else if (error) reject(this.#failed(error, contentType ?? contentTypeOf(error.metadata)));
          else resolve(response!);
        },
      );
      call.on("metadata", (headers: Metadata) => contentType = contentTypeOf(headers));
      this.#underWay.add(call);
      signal.addEventListener("abort", cancel, { once: true });
    });
  }

  /** @param contentType Of what has answered; undefined if nothing has. */
  #failed(error: ServiceError, contentType: string | undefined): ModelError {
    const code = status[error.code] ?? `status ${error.code}`;
    // grpc-js adds a note on name resolution, an empty one too.
    const said = error.details.replace(/\s*Resolution note:\s*$/, "").replace(/\.$/, "");
    const failed = (reason: string, failure: ModelFailure) =>
      new ModelError({ url: this.url, code, failure, reason: `${code}: ${reason}`, cause: error });
    // What passes for a gRPC status then is made up: a page of HTML reads as a message that is too large.
    if (contentType !== undefined && !/^application\/grpc/i.test(contentType)) {
      const failure = modelFailure(code);
      return failed(
        `a web server has answered (${contentType}), not a gRPC server (${said}): name the model's gRPC port in ${
          flagOf("model")
        }`,
        failure === "retry" && error.code === status.UNAVAILABLE ? failure : "fatal",
      );
    }
    const { path } = this.#contract.method, { proto } = this.#contract;
    const proxy = this.#host === undefined ? undefined : grpcProxyOf(this.#host);
    const details = proxy !== undefined && isUnreachable.has(error.code)
      ? throughProxy(said, this.#host!, proxy)
      : withGrpcAdvice({ code: error.code, details: said, url: this.url, path, proto });
    return failed(details, modelFailure(code, said));
  }

  /** A failure of an empty call, with what listens there if that is no model, or that it is not ready. */
  async #explained(error: ModelError, signal: AbortSignal): Promise<ModelError> {
    if (error.code !== "UNAVAILABLE") return error;
    const { url } = this, { code, failure, reason } = error;
    const because = (why: string) =>
      new ModelError({ url, code, failure, reason: `${reason}; ${why}`, cause: error });
    const answered = contentTypeOf((error.cause as ServiceError).metadata) !== undefined;
    if (answered) {
      return because("a server is there, and takes no calls: run check again when the model is ready");
    }
    const host = this.#host;
    if (host === undefined || grpcProxyOf(host) !== undefined) return error;
    const listener = await whatListens(host, Number(/([0-9]+)\/?$/.exec(url)![1]), signal);
    const why = listener && listenerReason(listener, url);
    return why === undefined ? error : because(why);
  }
}

/** The content type of an answer, as far as there has been one. */
function contentTypeOf(headers: Metadata): string | undefined {
  const [type] = headers.get("content-type");
  return type === undefined ? undefined : String(type);
}

/** A server's GOAWAY, as each rolling restart sends one, aborts the process there (denoland/deno#36788). */
function refuseBrokenDeno(version: string): void {
  if (!/^2\.9\.[456](?![0-9])/.test(version)) return;
  throw new SluiceError({
    kind: "settings",
    action: "start a gRPC client on",
    subject: `Deno ${version}`,
    reason: "on 2.9.4 to 2.9.6 a restart of the model's server aborts the whole process; run Deno 2.9.3",
  });
}

/** What grpc-js calls the address. */
function targetOf(url: string): string {
  const path = /^unix:(.+)$/.exec(url)?.[1];
  if (path !== undefined) return `unix:${path}`;
  const address = /^grpcs?:\/\/((?:\[[0-9a-f:.]+\]|[^\s/:@?#[\]]+):([0-9]+))\/?$/i.exec(url);
  const port = Number(address?.[2]);
  if (address && port >= 1 && port <= 65_535) return `dns:${address[1]}`;
  throw unusable(printableAddress(url), `it must be ${either(grpcForms)}`);
}

function unusable(url: string, reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: "use model", subject: url, reason });
}

/** What OpenTelemetry calls the method and the address. */
function spanAttributesOf(target: string, path: string): Attributes {
  const [, service, method] = path.split("/");
  const rpc = { "rpc.system": "grpc", "rpc.service": service, "rpc.method": method };
  const [, host, port] = /^dns:\[?(.*?)\]?:([0-9]+)$/.exec(target) ?? [];
  return host === undefined
    ? { ...rpc, "server.address": target.replace(/^unix:/, "") }
    : { ...rpc, "server.address": host, "server.port": Number(port) };
}

/** Name or address of a host; undefined for a Unix socket. */
function hostOf(target: string): string | undefined {
  return /^dns:\[?(.*?)\]?:[0-9]+$/.exec(target)?.[1];
}

/** The address of a host that has no name. */
function ipOf(target: string): string | undefined {
  const host = hostOf(target) ?? "";
  return isIP(host) ? host : undefined;
}

function credentialsOf(
  url: string,
  ip: string | undefined,
  { ca, cert, key }: GrpcModelOptions,
): ChannelCredentials {
  if (!/^grpcs:/i.test(url)) {
    if (!ca && !cert && !key) return credentials.createInsecure();
    throw new SluiceError({
      kind: "settings",
      action: "use certificates with",
      subject: `model ${url}`,
      reason: "only grpcs: is TLS",
    });
  }
  if (!cert !== !key) {
    throw unusable(url, "a client certificate and its key go together, one is missing");
  }
  const unusableCertificates = (reason: string, cause?: unknown) =>
    new SluiceError({
      kind: "settings",
      action: "use the certificates for",
      subject: `model ${url}`,
      reason,
      cause,
    });
  const pem = (name: string, bytes: Uint8Array | undefined) => {
    const text = bytes ? Buffer.from(bytes) : null;
    // Deno accepts anything here, and fails with the first call.
    if (text && !text.includes("-----BEGIN ")) throw unusableCertificates(`the ${name} is not PEM`);
    return text;
  };
  const checkIp = ip && ((_: string, shown: PeerCertificate) => checkServerIdentity(ip, shown));
  try {
    return credentials.createSsl(
      pem("ca", ca) ?? knownAuthorities(),
      pem("key", key),
      pem("certificate", cert),
      checkIp ? { checkServerIdentity: checkIp } : {},
    );
  } catch (error) {
    throw error instanceof SluiceError ? error : unusableCertificates((error as Error).message, error);
  }
}

/** All authorities that are trusted by default: without a list, Deno leaves out the system's and NODE_EXTRA_CA_CERTS. */
function knownAuthorities(): Buffer {
  // Deno before 2.9 has its own list only.
  const certificates = tls.getCACertificates
    ? [...tls.getCACertificates("default"), ...tls.getCACertificates("system")]
    : tls.rootCertificates;
  return Buffer.from([...new Set(certificates)].join("\n"));
}

function badHeader(subject: string, reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: "send", subject, reason });
}

/** Never quotes a value: those are secrets. */
function metadataOf(headers: readonly string[]): Metadata {
  const metadata = new Metadata();
  for (const [i, header] of headers.entries()) {
    const [, name, value] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/s.exec(header) ?? [];
    if (name === undefined || value === undefined) {
      throw badHeader(`model header ${i + 1}`, "it must be NAME: VALUE");
    }
    try {
      metadata.add(name, /-bin$/i.test(name) ? Buffer.from(value, "base64") : value);
    } catch {
      // The library's message has the value in it, so it is not passed on as the cause either.
      throw badHeader(`model header ${i + 1}, ${name}`, "its name or value has illegal characters");
    }
  }
  return metadata;
}
