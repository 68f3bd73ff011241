import type { Proxy } from "../proxies/proxy_of.ts";

/** Answers and failures that came through a proxy. */
const proxies = new WeakMap<object, Proxy>();

/** Notes that an answer, or a failure without one, came through a proxy. */
export function noteProxy(came: unknown, proxy: Proxy | undefined): void {
  if (proxy !== undefined && came instanceof Object) proxies.set(came, proxy);
}

/** The proxy that a call of the SDK failed through, in words for the end of a message; empty if there was none. */
export function throughProxy(error: unknown): string {
  const { $response } = error as { readonly $response?: object };
  const proxy = proxies.get(error as object) ?? ($response && proxies.get($response));
  return proxy === undefined
    ? ""
    : `, through the proxy ${proxy.url} of ${proxy.variable} (NO_PROXY lists the hosts that are reached without it)`;
}
