import type { Point, Snapshot } from "../../telemetry/snapshot.ts";
import { byId, set, show } from "./elements.ts";
import { eventParser } from "./event_parser.ts";

/** The connection counts as lost if no event comes for this long. */
const silenceMs = 10_000;
const retryWaitsMs = [1_000, 2_000, 4_000, 8_000, 15_000];
const tokenKey = "sluice-token";

/** Where the events of `/v1/live` go. */
export interface LiveEvents {
  /** The last ten minutes, at the beginning of a connection. */
  history(points: Point[]): void;
  /** Each second. */
  state(second: { readonly snapshot: Snapshot; readonly point: Point }): void;
  /** Whether the last snapshot said that the run has ended; `undefined` if there was no snapshot yet. */
  hasEnded(): boolean | undefined;
}

/** Ends the wait before the next attempt. */
let tryNow = () => {};

/** Holds the connection for as long as the page lives. */
export async function stayConnected(events: LiveEvents): Promise<never> {
  byId("try-now").addEventListener("click", () => tryNow());
  addEventListener("online", () => tryNow());
  showConnection("connecting", events);
  for (let failures = 0;;) {
    const outcome = await readEvents(events, () => {
      failures = 0;
      showConnection("connected", events);
    });
    if (outcome === "locked") {
      showConnection("locked", events);
      await askForToken();
      continue;
    }
    showConnection("lost", events);
    const waitMs = retryWaitsMs[Math.min(failures++, retryWaitsMs.length - 1)];
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      tryNow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function showConnection(to: "connecting" | "connected" | "lost" | "locked", { hasEnded }: LiveEvents): void {
  const isLost = to === "lost";
  // After a retry by keyboard, focus moves to the figures.
  if (!isLost && document.activeElement === byId("try-now")) byId("figures").focus();
  const end = hasEnded() ? "The run has ended; these are its last figures. " : "";
  set(
    "connection",
    to === "connecting" ? "Connecting…" : isLost ? `${end}Connection lost, reconnecting…` : "",
  );
  byId("connection").parentElement?.classList.toggle("is-shown", isLost || to === "connecting");
  document.body.classList.toggle("is-lost", isLost || (to === "locked" && hasEnded() !== undefined));
  show(byId("try-now"), isLost);
  document.title = isLost ? "Sluice: connection lost" : "Sluice";
}

/** Reads events until there are no more, or none for too long. */
async function readEvents(events: LiveEvents, onEvent: () => void): Promise<"lost" | "locked"> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const token = sessionStorage.getItem(tokenKey);
    const response = await fetch("/v1/live", {
      headers: {
        accept: "text/event-stream",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      cache: "no-store",
      redirect: "error",
      signal: silence.signal,
    });
    if (response.status === 401) return "locked";
    if (!response.ok || response.body === null) return "lost";
    const parse = eventParser((type, data) => {
      if (type === "history") events.history(JSON.parse(data));
      else if (type === "state") events.state(JSON.parse(data));
      else return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      onEvent();
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) parse(next.value);
    return "lost";
  } catch {
    return "lost";
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Resolves once a token was given. */
async function askForToken(): Promise<void> {
  const form = byId<HTMLFormElement>("token-form");
  const field = byId<HTMLInputElement>("token");
  const wasRefused = sessionStorage.getItem(tokenKey) !== null;
  sessionStorage.removeItem(tokenKey);
  set("token-error", wasRefused ? "The server rejected this token." : "");
  show(form, true);
  field.focus();
  const token = await new Promise<string>((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      const text = field.value.trim();
      // Anything else cannot stand in a header, and would fail as if the connection were lost.
      if (/^[\x21-\x7e]+$/.test(text)) resolve(text);
      else set("token-error", "A token consists of visible ASCII characters only.");
    };
  });
  sessionStorage.setItem(tokenKey, token);
  field.value = "";
  set("token-error", "");
  byId("figures").focus();
  show(form, false);
}
