import { Agent as HttpAgent, type AgentOptions as HttpAgentOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Proxy } from "./proxy_of.ts";

/** Connections to one server at once, at most: as many as the AWS SDK's own agents have. */
const maxSockets = 50;

/** The agents of `node:http` and `node:https` that go through this proxy, or through none, whatever the environment says. */
export function nodeAgents(
  proxy: Proxy | undefined,
  ca: string | undefined,
): { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent } {
  const url = proxy && addressOf(proxy);
  const options = {
    keepAlive: true,
    maxSockets,
    proxyEnv: url === undefined ? {} : { HTTP_PROXY: url, HTTPS_PROXY: url },
  } as HttpAgentOptions; // the types do not know `proxyEnv` yet
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent({ ...options, ca }) };
}

/** With the credentials, for the agents only. */
function addressOf({ url, username = "", password = "" }: Proxy): string {
  const address = new URL(url);
  address.username = encodeURIComponent(username);
  address.password = encodeURIComponent(password);
  return address.href;
}
