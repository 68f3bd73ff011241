import * as v from "valibot";
import { amount, bytes, period, type Settings, text, whole } from "../settings/setting.ts";

const listenMessage = "must be HOST:PORT, or [IPV6]:PORT";

/** Where a process is looked at, and asked. */
export const httpSettings = {
  listen: {
    help: "Address of the page, the metrics and the service; another machine's access needs SLUICE_TOKEN",
    placeholder: "HOST:PORT",
    defaultText: "127.0.0.1:8787",
    schema: v.pipe(
      v.string(listenMessage),
      v.regex(/^(?:\[[0-9a-f:.]+\]|[^\s:[\]/@]+):\d{1,5}$/i, listenMessage),
      v.check((listen) => Number(/\d+$/.exec(listen)?.[0] ?? 0) <= 65_535, listenMessage),
    ),
  },
  token: text({
    help: "What requests must show as Authorization: Bearer TOKEN (secret: in the environment)",
    placeholder: "TOKEN",
    secret: true,
  }),
  pricePer1000: amount({
    help: "What 1,000 questions cost, in any currency: the page shows what was saved",
    min: 0,
    max: 1e9,
  }),
} satisfies Settings;

/** Listened on unless told. */
export const defaultListen = "127.0.0.1:8787";

/** What `serve` takes. */
export const serveSettings = {
  maxRequests: whole({
    help: "Requests answered at once, 1 to 10000; 503 beyond",
    min: 1,
    max: 10_000,
    default: 64,
  }),
  maxBodyBytes: bytes({
    help: "Bytes in a request to /v1/records or /v1/menus, as sent",
    min: 1024,
    max: 2 ** 40,
    default: 1024 ** 3,
  }),
  requestTimeout: period({
    help: "How long one request may take",
    min: "1s",
    max: "1d",
    default: "10m",
  }),
  minBodyRate: whole({
    help: "A sender that sends fewer bytes a second for 10 s, while it is waited for, is dropped",
    min: 1,
    max: 1e9,
    default: 100,
  }),
} satisfies Settings;
