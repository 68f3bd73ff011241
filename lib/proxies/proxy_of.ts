import { BlockList, isIP } from "node:net";
import { SluiceError } from "../errors/sluice_error.ts";

/** The proxy that requests to a server travel through. */
export interface Proxy {
  /** `http://HOST:PORT` or `https://HOST:PORT`, without credentials: safe to print. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** The variables that decide, by the protocol of the server. Of two spellings, the first one that is set counts. */
const variablesOf: Readonly<Record<string, readonly string[]>> = {
  "http:": ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
  "https:": ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
};
const exceptions = ["NO_PROXY", "no_proxy"] as const;

/** All variables that say something about proxies. */
export const proxyVariables: readonly string[] = [
  ...new Set([...Object.values(variablesOf).flat(), ...exceptions]),
];

type Variable = (name: string) => string | undefined;

const ofProcess: Variable = (name) => Deno.env.get(name);

/**
 * The one place that decides whether requests go through a proxy, for reads and writes alike: by `HTTP_PROXY` for `http:`,
 * `HTTPS_PROXY` for `https:`, else `ALL_PROXY`; not for hosts in `NO_PROXY`. All in capitals or in small letters.
 *
 * `NO_PROXY` is a list of hosts, separated by commas or blanks: `host` and `.host` also stand for the hosts below it
 * (`*.host` only for these), `host:8080` for one port, `10.0.0.0/8` for a network, `*` for everything.
 *
 * @param variable Reads the environment. Defaults to the process's.
 * @throws {SluiceError} `settings`: the variable names no proxy that can be used. The message quotes no credentials.
 */
export function proxyOf(target: URL, variable: Variable = ofProcess): Proxy | undefined {
  const name = variablesOf[target.protocol]?.find((name) => variable(name));
  if (name === undefined || isExcepted(target, variable)) return undefined;
  return parseProxy(name, variable(name)!);
}

function parseProxy(variable: string, value: string): Proxy {
  // As curl takes it: without a scheme, it is HTTP's.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined || !["http:", "https:"].includes(url.protocol) || url.hostname === "" ||
    (text.includes("@") && !/./.test(url.username + url.password))
  ) {
    const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)![0];
    throw new SluiceError({
      kind: "settings",
      action: "use the proxy of",
      subject: variable,
      reason:
        `it must be http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host if needed, is ` +
        `${scheme}…; name another proxy, or the servers that are reached without one in NO_PROXY`,
    });
  }
  const { username, password, origin } = url;
  return {
    url: origin,
    ...(username === "" && password === ""
      ? {}
      : { username: decoded(username), password: decoded(password) }),
    variable,
  };
}

/** Credentials in a URL are percent-encoded; what is not stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isExcepted(target: URL, variable: Variable): boolean {
  const list = exceptions.map(variable).find((value) => value) ?? "";
  const host = plainHost(target.hostname);
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  return list.toLowerCase().split(/[\s,]+/).some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  // The colons of an IPv6 address are no port's.
  const [, name = entry, itsPort] = isIP(entry) ? [] : /^(.*?)(?::(\d+))?$/.exec(entry)!;
  if (itsPort !== undefined && itsPort !== port) return false;
  if (isIP(host)) return isInNetwork(plainHost(name), host);
  if (name.startsWith("*.")) return host.endsWith(name.slice(1));
  const domain = plainHost(name.replace(/^\./, ""));
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

function isInNetwork(network: string, address: string): boolean {
  const [first = "", bits] = network.split("/");
  const family = isIP(first);
  if (family === 0 || family !== isIP(address)) return false;
  const longest = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  if (!(Number.isInteger(prefix) && prefix >= 0 && prefix <= longest)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const networks = new BlockList();
  networks.addSubnet(first, prefix, type);
  return networks.check(address, type);
}

/** A host as it is compared: in small letters, without the brackets of IPv6 and the dot at the end. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
