import { BlockList, isIP } from "node:net";
import process from "node:process";
import { setLogger } from "@grpc/grpc-js";

/** The proxy that grpc-js takes to a server. */
export interface GrpcProxy {
  /** `http://HOST:PORT`, without credentials: safe to print. */
  readonly url: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** The variables that grpc-js reads, in its order, in small letters only. */
const proxyVariables = ["grpc_proxy", "https_proxy", "http_proxy"] as const;
const exceptionVariables = ["no_grpc_proxy", "no_proxy"] as const;

/** What grpc-js logged last about a proxy: its errors do not say why a connection through one failed. */
let lastFailure: string | undefined;

/**
 * Has grpc-js print nothing beside our messages, and keeps what it says about proxies for them. Its own log stays if
 * `GRPC_VERBOSITY` asks for it.
 */
export function quietGrpc(): void {
  if (process.env.GRPC_VERBOSITY) return;
  const keep = (line: unknown) => {
    const [, why] = /^Failed to connect to .*?proxy .*? with (?:error )?(.*)$/.exec(String(line)) ?? [];
    if (why !== undefined) lastFailure = why;
  };
  setLogger({ error: keep, info: () => {}, debug: () => {} });
}

/** Whether a host is this machine, to which no proxy knows the way. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return /^(?:.*\.)?localhost\.?$/i.test(host);
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8, "ipv4");
  loopback.addAddress("::1", "ipv6");
  return loopback.check(host, family === 4 ? "ipv4" : "ipv6");
}

/**
 * The proxy that grpc-js takes to a host, by its own rules: of `grpc_proxy`, `https_proxy` and `http_proxy` the first that
 * is set, if it is `http:`; not for hosts in `no_grpc_proxy`, else `no_proxy`: ends of names, and networks.
 */
export function grpcProxyOf(host: string): GrpcProxy | undefined {
  const variable = proxyVariables.find((name) => process.env[name]);
  const url = variable && URL.parse(process.env[variable]!);
  if (!variable || !url || url.protocol !== "http:" || isLoopback(host)) return undefined;
  const exceptions = exceptionVariables.map((name) => process.env[name]).find((list) => list) ?? "";
  const isExcepted = exceptions !== "" &&
    exceptions.split(",").some((entry) => host.endsWith(entry) || isInNetwork(host, entry));
  return isExcepted ? undefined : { url: `http://${url.hostname}:${url.port || 80}`, variable };
}

/** Why no connection was made through a proxy, and how to do without it. */
export function throughProxy(reason: string, host: string, { url, variable }: GrpcProxy): string {
  const why = lastFailure === undefined
    ? reason
    : reason.replace(/\. Last error: undefined$/, `: ${lastFailure}`);
  return `${why}, through the proxy ${url} of ${variable}; if the model is reached without it, name ${host} in no_proxy`;
}

function isInNetwork(host: string, entry: string): boolean {
  const [, address, bits] = /^([\d.]+)\/(\d+)$/.exec(entry) ?? [];
  if (isIP(host) !== 4 || address === undefined || isIP(address) !== 4 || Number(bits) > 32) return false;
  const network = new BlockList();
  network.addSubnet(address, Number(bits), "ipv4");
  return network.check(host, "ipv4");
}
