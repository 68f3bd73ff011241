import * as v from "valibot";
import { amount, bytes, period, type Settings, text, whole } from "../settings/setting.ts";

const listenMessage = "must be HOST:PORT, or [IPV6]:PORT";

/** The default of `listen`. Unlike others it is not filled in: whether the user chose the address matters. */
export const defaultListen = "127.0.0.1:8787";

/** The HTTP server of the page, the metrics and the service. */
export const httpSettings = {
  listen: {
    help: "Address of the page, the metrics and the service; access from other machines needs SLUICE_TOKEN",
    placeholder: "HOST:PORT",
    defaultText: defaultListen,
    json: {
      type: "string",
      pattern: "^(?:\\[[0-9a-fA-F:.]+\\]|[^\\s:[\\]/@]+):\\d{1,5}$",
      examples: [defaultListen],
    },
    schema: v.pipe(
      v.string(listenMessage),
      v.regex(/^(?:\[[0-9a-f:.]+\]|[^\s:[\]/@]+):\d{1,5}$/i, listenMessage),
      v.check((listen) => Number(/\d+$/.exec(listen)?.[0] ?? 0) <= 65_535, listenMessage),
    ),
  },
  token: text({
    help: "Token that requests must send as Authorization: Bearer TOKEN (put it in the environment)",
    placeholder: "TOKEN",
    secret: true,
  }),
  pricePer1000: amount({
    help: "Price of 1,000 questions, in any currency; the page shows what was saved",
    min: 0,
    max: 1e9,
  }),
} satisfies Settings;

/** Limits of requests to `serve`. */
export const serveSettings = {
  maxRequests: whole({
    help: "Requests answered at once, 1 to 10000; further ones get status 503",
    min: 1,
    max: 10_000,
    default: 64,
  }),
  maxBodyBytes: bytes({
    help: "Size of a request to /v1/records or /v1/menus, as sent",
    min: 1024,
    max: 2 ** 40,
    default: 1024 ** 3,
  }),
  requestTimeout: period({
    help: "Timeout of one request",
    min: "1s",
    max: "1d",
    default: "10m",
  }),
  minBodyRate: whole({
    help: "Drop a sender that sends fewer bytes per second for 10 s while Sluice waits for it",
    min: 1,
    max: 1e9,
    default: 100,
  }),
} satisfies Settings;
