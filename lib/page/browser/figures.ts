import type { Point, Snapshot } from "../../telemetry/snapshot.ts";
import { byId, set, show, type Tone, tone } from "./elements.ts";
import {
  capitalized,
  cut,
  day,
  duration,
  longDuration,
  money,
  plural,
  rate,
  ratio,
  size,
  time,
  whole,
} from "./format.ts";
import { showEnded, showRejects, showTroubles, showWorking } from "./lists.ts";

/** Characters shown of the latest error at the top. */
const maxAlertLength = 240;

const stateTones: Record<Snapshot["state"], Tone> = {
  working: "is-good",
  waiting: "",
  draining: "is-warning",
  ended: "",
};

/** Writes everything but the charts. */
export function writeFigures(snapshot: Snapshot, point: Point | undefined): void {
  writeState(snapshot);
  writeAlert(snapshot);
  writeSaved(snapshot);
  writeProcess(snapshot);
  writeTiles(snapshot, point);
  writeQueue(snapshot);
  writeLists(snapshot);
}

function writeState({ state, version, nowMs }: Snapshot): void {
  set("state", state);
  tone(byId("state"), stateTones[state]);
  set("version", version);
  set("as-of", `Updated ${time(nowMs)}`);
}

/** A red strip on top: what has failed, what is down, and the latest error. */
function writeAlert({ cache, fleet, model, objects, troubles }: Snapshot): void {
  const errors = troubles.filter(({ level }) => level === "error");
  const times = errors.reduce((sum, { count }) => sum + count, 0);
  const failed = objects?.failed ?? 0, failedJobs = fleet?.failed ?? 0;
  const parts = [
    ...(failed > 0 ? [`${plural(failed, "object")} failed`] : []),
    ...(failedJobs > 0 ? [`${plural(failedJobs, "job")} of the queue failed`] : []),
    ...(model.isDown ? ["the model is down"] : []),
    ...(cache.isDown ? ["the cache is down"] : []),
    ...(times > 0 ? [`${plural(times, "error")} in the last hour`] : []),
  ];
  show(byId("alert"), parts.length > 0);
  set("alert-sentence", capitalized(parts.join(", ")));
  const [latest] = errors;
  show(byId("alert-latest"), latest !== undefined);
  set("alert-latest", latest === undefined ? "" : cut(latest.message, maxAlertLength));
}

function writeSaved({ saved, keys, model, records }: Snapshot): void {
  const answered = saved.questions + keys.asked;
  const part = answered > 0 ? saved.questions / answered : 0;
  set("saved-questions", whole(saved.questions));
  set("saved-ratio", answered > 0 ? `(${ratio(part)})` : "");
  byId("saved-bar").style.setProperty("width", `${part * 100}%`);
  set("saved-calls", whole(saved.calls));
  set(
    "saved-sentence",
    records.in === 0
      ? "No records yet. Each record that repeats an earlier question avoids one."
      : `${plural(records.in, "line")} took ${plural(model.questions, "question")} in ${
        plural(model.calls, "model call")
      }.`,
  );
  show(byId("money-block"), saved.money !== undefined);
  show(byId("spent-block"), saved.spent !== undefined);
  show(byId("price-hint"), saved.money === undefined && saved.spent === undefined);
  if (saved.money !== undefined) set("saved-money", money(saved.money));
  if (saved.spent !== undefined) set("spent", money(saved.spent));
}

function writeProcess(
  { command, from, to, model, cache, startedMs, nowMs, rssBytes, bytes, records }: Snapshot,
): void {
  set("command", `sluice ${command}`);
  set(
    "command-note",
    `${plural(records.in, "line")} in, ${whole(records.out)} out, ${whole(records.rejected)} rejected`,
  );
  show(byId("way"), from !== undefined || to !== undefined);
  set("from", from ?? "");
  set("to", to ?? "");
  set("model-url", model.url);
  writeHealth("model", model.isDown);
  set("model-note", `${plural(model.calls, "call")}, ${plural(model.retries, "retry", "retries")}`);
  set("cache-url", cache.url);
  writeHealth("cache", cache.isDown);
  set(
    "cache-note",
    `${mean("read", cache.reads, cache.readSeconds)}, ${mean("write", cache.writes, cache.writeSeconds)}`,
  );
  set("uptime", longDuration((nowMs - startedMs) / 1000));
  set("started", `since ${day(startedMs)}`);
  set("memory", size(rssBytes));
  set("bytes", `${size(bytes.in)} read, ${size(bytes.out)} written`);
}

function mean(what: string, n: number, seconds: number): string {
  return plural(n, what) + (n > 0 ? ` of ${duration(seconds / n)}` : "");
}

function writeHealth(name: "model" | "cache", isDown: boolean): void {
  set(`${name}-health`, isDown ? "down" : "up");
  tone(byId(`${name}-health`), isDown ? "is-error" : "is-good");
}

function writeTiles({ records, keys, model }: Snapshot, point: Point | undefined): void {
  set("tile-lines", rate(point?.linesPerSecond ?? 0));
  set("tile-lines-note", `${whole(records.in)} since start`);
  set("tile-hits", keys.seen > 0 ? ratio((keys.local + keys.hits) / keys.seen) : "none yet");
  set("tile-hits-note", `${whole(keys.local + keys.hits)} of ${plural(keys.seen, "lookup")}`);
  set("tile-waiting", whole(model.questionsWaiting));
  set("tile-waiting-note", `${whole(model.questions)} asked since start`);
  set("tile-calls", whole(model.callsUnderWay));
  set(
    "tile-calls-note",
    model.calls > 0 ? `${duration(model.seconds / model.calls)} per call on average` : "no calls yet",
  );
}

function writeQueue({ fleet: queue }: Snapshot): void {
  show(byId("queue"), queue !== undefined);
  if (queue === undefined) return;
  const { oldestSeconds } = queue;
  set(
    "queue-sentence",
    queue.isDown ? `Queue ${queue.queue} does not answer: these figures are old.` : `Queue ${queue.queue}.`,
  );
  set("queue-waiting", whole(queue.waiting));
  set(
    "queue-waiting-note",
    oldestSeconds === undefined ? "no jobs waiting" : `oldest: ${longDuration(oldestSeconds)}`,
  );
  set("queue-active", whole(queue.active));
  set("queue-active-note", plural(queue.workers, "worker"));
  set("queue-delayed", whole(queue.delayed));
  set("queue-delayed-note", "after a failure");
  set("queue-failed", whole(queue.failed));
  set("queue-failed-note", queue.failed > 0 ? "sluice queue shows why" : "");
}

function writeLists(snapshot: Snapshot): void {
  const { objects, progress, requests, state, working, ended, rejects, troubles } = snapshot;
  const isServing = requests !== undefined;
  const one = isServing ? "request" : "object";
  set("working-heading", isServing ? "Requests in progress" : "Objects in progress");
  set("ended-heading", isServing ? "Recent requests" : "Recent objects");
  set("working-name", isServing ? "Request" : "Object");
  set("ended-name", isServing ? "Request" : "Object");
  show(byId("totals"), isServing || objects !== undefined);
  if (isServing) {
    set(
      "totals",
      `${whole(requests.underWay)} in progress, ${whole(requests.done)} done, ${
        whole(requests.failed)
      } failed, ${whole(requests.refused)} rejected because the server was busy.`,
    );
  } else if (objects !== undefined) {
    const { found, done, skipped, failed, failedAttempts, gone, ignored } = objects;
    const attempts = failedAttempts > failed ? ` (${plural(failedAttempts, "failed attempt")})` : "";
    const rest = [
      `${whole(done)} done`,
      `${whole(skipped)} done before`,
      `${whole(failed)} failed${attempts}`,
    ];
    if (gone > 0) rest.push(`${whole(gone)} gone`);
    if (ignored > 0) rest.push(`${whole(ignored)} not selected`);
    set(
      "totals",
      `${plural(found, "object")} found so far: ${rest.join(", ")}.${progressText(progress, state)}`,
    );
  }
  const idle: Record<Snapshot["state"], string> = {
    working: `No ${one} in progress right now.`,
    waiting: `Waiting for the next ${one}.`,
    draining: `Shutting down: no new ${one} is started.`,
    ended: `The run has ended: no ${one} in progress.`,
  };
  showWorking(working, snapshot, idle[state]);
  showEnded(ended, snapshot, `No ${one} has ended yet. The last 50 will be listed here.`);
  showRejects(rejects, snapshot, "No rejects so far.");
  showTroubles(troubles, snapshot, "No errors or warnings in the last hour.");
}

function progressText(progress: Snapshot["progress"], state: Snapshot["state"]): string {
  if (progress === undefined || state === "ended") return "";
  const { portion, secondsLeft, waitsFor } = progress;
  const left = waitsFor !== undefined
    ? `, waiting for the ${waitsFor}`
    : secondsLeft === undefined
    ? ""
    : `, about ${longDuration(secondsLeft)} left`;
  return ` ${Math.floor(portion * 100)}% finished${left}.`;
}
