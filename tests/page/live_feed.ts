import type { EndedObject, Point, Snapshot, WorkingObject } from "../../lib/telemetry/snapshot.ts";

export interface LiveFeedOptions {
  /** When the first second ends. */
  readonly startMs?: number;
  /** In an unknown currency; `null` is no price. */
  readonly pricePer1000?: number | null;
  /** `serve` has requests in place of objects. */
  readonly command?: Snapshot["command"];
}

/** What `/v1/live` sends each second. */
export interface LiveSecond {
  readonly snapshot: Snapshot;
  readonly point: Point;
}

/** Objects at a time, and the lines of each. */
const maxWorking = 4;
const linesOfObject = 1_400_000;
const bytesOfLine = 412;

/** The seconds of a believable process that never ends: same options, same seconds. */
export function* liveFeed(options: LiveFeedOptions = {}): Generator<LiveSecond, never> {
  const { startMs = Date.UTC(2026, 10, 21, 9, 12, 30), pricePer1000 = 0.8, command = "watch" } = options;
  const isServing = command === "serve";
  const random = randomNumbers(7);
  const working: WorkingObject[] = [];
  const ended: EndedObject[] = [];
  let [lines, rejected, seen, asked, waiting, calls, callSecondsSum, begun, done, failed] = Array(10).fill(0);
  for (let second = 1;; second++) {
    const nowMs = startMs + second * 1000;
    while (working.length < maxWorking) {
      begun++;
      working.push({
        name: isServing
          ? `POST /v1/records from 10.2.0.${begun % 250}`
          : `2026/11/21/postings-${1721183900 + begun}.jsonl.gz`,
        ...(begun % 4 === 0 ? {} : { bytes: Math.round(linesOfObject * bytesOfLine * (0.5 + random())) }),
        bytesRead: 0,
        records: 0,
        startedMs: nowMs,
      });
    }
    const linesPerSecond = Math.round(61_000 * (1 + 0.12 * Math.sin(second / 41) + 0.1 * (random() - 0.5)));
    for (const [i, object] of working.entries()) {
      const share = Math.round(linesPerSecond / maxWorking);
      const { bytes = linesOfObject * bytesOfLine } = object;
      const bytesRead = Math.min(bytes, object.bytesRead + share * bytesOfLine);
      working[i] = { ...object, bytesRead, records: object.records + share };
    }
    for (
      const over of working.filter(({ bytes = linesOfObject * bytesOfLine, bytesRead }) => bytesRead >= bytes)
    ) {
      working.splice(working.indexOf(over), 1);
      const isFailed = (done + failed) % 17 === 11;
      if (isFailed) failed++;
      else done++;
      ended.unshift({
        name: over.name,
        outcome: isFailed ? "failed" : "done",
        records: over.records,
        rejected: Math.round(over.records * 2e-6),
        tries: isFailed ? 3 : 1,
        seconds: (nowMs - over.startedMs) / 1000 + random(),
        endedMs: nowMs,
      });
      ended.splice(50);
    }
    const hitRatio = Math.min(1, 0.992 - 0.16 * Math.exp(-second / 150) - 0.006 * random());
    const keys = Math.round(linesPerSecond * 0.55);
    const questions = Math.round(keys * (1 - hitRatio));
    waiting += questions;
    const callsPerSecond = Math.min(3, Math.floor(waiting / 1000));
    const callSeconds = callsPerSecond > 0 ? 1.6 + 0.3 * Math.sin(second / 60) + 0.5 * random() : null;
    waiting -= Math.min(waiting, callsPerSecond * 1000);
    lines += linesPerSecond;
    rejected += second % 40 === 0 ? 3 : 0;
    seen += keys;
    asked += questions;
    calls += callsPerSecond;
    callSecondsSum += callsPerSecond * (callSeconds ?? 0);
    const point = {
      timeMs: nowMs,
      linesPerSecond,
      hitRatio,
      questionsWaiting: waiting,
      callsPerSecond,
      callSeconds,
    };
    const local = Math.round((seen - asked) * 0.7);
    const savedQuestions = lines - rejected - asked;
    const snapshot: Snapshot = {
      version: "0.1.0",
      command,
      state: "working",
      startedMs: startMs,
      nowMs,
      ...(isServing ? {} : { from: "s3://rl-data/job-postings-raw/", to: "s3://rl-data/job-postings-mod/" }),
      records: { in: lines, out: lines - rejected, rejected, blank: 0 },
      keys: { seen, local, hits: seen - asked - local, asked },
      saved: {
        questions: savedQuestions,
        calls: lines - rejected - calls,
        ...(pricePer1000 === null
          ? {}
          : { money: savedQuestions / 1000 * pricePer1000, spent: asked / 1000 * pricePer1000 }),
      },
      model: {
        url: "grpc://seniority-model:50051",
        calls,
        questions: asked,
        retries: Math.floor(calls / 300),
        seconds: callSecondsSum,
        callsUnderWay: callsPerSecond * 2,
        questionsWaiting: waiting,
        isDown: false,
      },
      cache: {
        url: "redis://cache:6379",
        reads: second * 61,
        readSeconds: second * 61 * 0.0019,
        writes: second * 3,
        writeSeconds: second * 3 * 0.0024,
        isDown: false,
      },
      ...(isServing
        ? { requests: { underWay: working.length, done, failed, refused: Math.floor(second / 50) } }
        : {
          objects: { found: 260, skipped: 31, done, failed, failedAttempts: 3 * failed, gone: 0, ignored: 4 },
        }),
      bytes: { in: lines * bytesOfLine, out: Math.round(lines * bytesOfLine * 1.04) },
      rssBytes: Math.round(212e6 + 14e6 * Math.sin(second / 19)),
      working: [...working],
      ended: [...ended],
      rejects: rejected === 0 ? [] : [
        {
          reason: "invalid_json",
          count: Math.ceil(rejected * 0.7),
          sample: {
            object: "2026/11/21/postings-1721183904.jsonl.gz",
            line: 88_412,
            text: `{"company":"Acme <img src=x onerror=alert(1)> GmbH","title":"Senior Data Eng`,
          },
        },
        {
          reason: "missing_key_field",
          count: Math.floor(rejected * 0.3),
          sample: {
            object: "2026/11/21/postings-1721183902.jsonl.gz",
            line: 1_203,
            text: `{"id":"8841023","company":"Northwind Traders","location":"Zürich","posted":"2026-11-20"}`,
          },
        },
      ],
      troubles: second < 60 ? [] : [
        {
          level: "warning",
          message: "The model is slow: 14 UNAVAILABLE, the call is made again in 1.2 s",
          count: 1 + Math.floor(second / 120),
          timeMs: nowMs - second % 120 * 1000,
        },
        {
          level: "error",
          message: "Cannot finish s3://rl-data/job-postings-raw/2026/11/21/postings-1721183911.jsonl.gz: " +
            "the object ends within a gzip member",
          count: 1,
          timeMs: startMs + 60_000,
        },
      ],
    };
    yield { snapshot, point };
  }
}

/** Numbers from 0 to 1, always the same. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
