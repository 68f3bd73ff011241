import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EndedCall } from "../answers/caller.ts";
import type { Snapshot } from "./snapshot.ts";

/** Upper bounds for calls to the model, in seconds: their deadline defaults to 60 s. */
const callBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Upper bounds for objects and requests, in seconds. */
const workBuckets = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 15, 60, 300, 1_800, 7_200];

/** The process's metrics in Prometheus's text format; counters and gauges are read when they are scraped. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #calls: Histogram<"outcome">;
  readonly #work: Histogram;

  /**
   * @param now Takes a snapshot.
   * @param inProgress Objects or requests in progress; a snapshot does not list all of them.
   * @param options `hasNearTitles`: whether similar titles may share answers.
   */
  constructor(now: () => Snapshot, inProgress: () => number, { hasNearTitles = false } = {}) {
    const registers = [this.#registry];
    let snapshot: Snapshot | undefined;
    /** One snapshot for all metrics of one scrape. */
    const current = (): Snapshot => {
      if (snapshot === undefined) queueMicrotask(() => snapshot = undefined);
      return snapshot ??= now();
    };
    type Values = Readonly<Record<string, number>>;
    const labelled = (label: string | undefined, read: (now: Snapshot) => number | Values | undefined) =>
      function (this: Counter | Gauge): void {
        const value = read(current());
        this.reset();
        if (value === undefined) return;
        if (typeof value === "number") return this.inc(value);
        for (const [name, count] of Object.entries(value)) this.inc({ [label!]: name }, count);
      };
    const counter = (name: string, help: string, read: (now: Snapshot) => number | undefined) =>
      new Counter({ name, help, registers, collect: labelled(undefined, read) });
    const counters = (
      name: string,
      help: string,
      label: string,
      read: (now: Snapshot) => Values | undefined,
    ) => new Counter({ name, help, registers, labelNames: [label], collect: labelled(label, read) });
    const gauge = (name: string, help: string, read: (now: Snapshot) => number | undefined) =>
      new Gauge({ name, help, registers, collect: labelled(undefined, read) });

    new Gauge({
      name: "sluice_build_info",
      help: "Always 1; the running version and command are labels.",
      labelNames: ["version", "command"],
      registers,
      collect() {
        const { command, version } = current();
        this.set({ command, version }, 1);
      },
    });
    counters(
      "sluice_records_total",
      "Records processed, by outcome, including passes that failed later; keys of /v1/answers count as records.",
      "outcome",
      ({ records: { out, rejected, blank } }) => ({ answered: out, rejected, blank }),
    );
    counters(
      "sluice_rejects_total",
      "Rejected records, by reason.",
      "reason",
      ({ rejects }) => Object.fromEntries(rejects.map(({ reason, count }) => [reason, count])),
    );
    counters(
      "sluice_keys_total",
      "Distinct keys of each window, by the source of their answers.",
      "source",
      ({ keys: { local, hits, asked, cluster, rare } }) => ({
        process: local,
        cache: hits,
        model: asked,
        ...(cluster === undefined ? {} : { cluster }),
        ...(rare === undefined ? {} : { rare }),
      }),
    );
    // Left out where they have no meaning: without a label, an unset metric would read 0.
    if (hasNearTitles) {
      gauge(
        "sluice_cluster_up",
        "1 while similar titles share answers, else 0.",
        ({ nearTitles }) => nearTitles && (nearTitles.threshold === null ? 0 : 1),
      );
      gauge(
        "sluice_cluster_agreement",
        "Lower bound of the share of similar titles that have the same answer, from the sample.",
        ({ nearTitles }) => nearTitles?.agreement,
      );
      counter(
        "sluice_cluster_stops_total",
        "Times that similar titles stopped sharing answers.",
        ({ nearTitles }) => nearTitles?.stops,
      );
    }
    gauge(
      "sluice_questions_saved",
      "Records answered without a model question of their own.",
      ({ saved }) => saved.questions,
    );
    counter("sluice_model_calls_total", "Calls to the model, including retries.", ({ model }) => model.calls);
    counter(
      "sluice_model_questions_total",
      "Questions in all calls to the model.",
      ({ model }) => model.questions,
    );
    counter(
      "sluice_model_retries_total",
      "Calls to the model that were retries.",
      ({ model }) => model.retries,
    );
    gauge(
      "sluice_model_calls_in_flight",
      "Calls to the model in flight.",
      ({ model }) => model.callsUnderWay,
    );
    gauge(
      "sluice_model_questions_waiting",
      "Questions waiting for a call.",
      ({ model }) => model.questionsWaiting,
    );
    gauge(
      "sluice_model_up",
      "0 while the circuit breaker is open because the model fails, else 1.",
      ({ model }) => model.isDown ? 0 : 1,
    );
    this.#calls = new Histogram({
      name: "sluice_model_call_duration_seconds",
      help: "Duration of calls to the model.",
      labelNames: ["outcome"],
      buckets: callBuckets,
      registers,
    });
    counter(
      "sluice_cache_reads_total",
      "Cache reads: round trips that look up keys.",
      ({ cache }) => cache.reads,
    );
    counter(
      "sluice_cache_writes_total",
      "Cache writes: round trips that store answers.",
      ({ cache }) => cache.writes,
    );
    counter(
      "sluice_cache_read_seconds_total",
      "Total duration of cache reads, summed over parallel reads.",
      ({ cache }) => cache.readSeconds,
    );
    counter(
      "sluice_cache_write_seconds_total",
      "Total duration of cache writes, summed over parallel writes.",
      ({ cache }) => cache.writeSeconds,
    );
    gauge(
      "sluice_cache_up",
      "0 while the cache is not used because it fails, else 1.",
      ({ cache }) => cache.isDown ? 0 : 1,
    );
    counters(
      "sluice_objects_total",
      "Objects of the source, by outcome; failed counts attempts, sluice_objects_failed the objects.",
      "outcome",
      ({ objects }) => {
        if (objects === undefined) return undefined;
        const { done, failedAttempts: failed, gone, ignored, skipped } = objects;
        return { done, failed, gone, ignored, skipped };
      },
    );
    gauge(
      "sluice_objects_failed",
      "Objects whose last attempt failed; each counts once, until it is processed.",
      ({ objects }) => objects?.failed,
    );
    counters(
      "sluice_requests_total",
      "Requests for answers, by outcome.",
      "outcome",
      ({ requests }) =>
        requests && { done: requests.done, failed: requests.failed, refused: requests.refused },
    );
    new Gauge({
      name: "sluice_queue_jobs",
      help: "Jobs of the queue, by state.",
      labelNames: ["state"],
      registers,
      collect: labelled("state", ({ fleet }) => {
        return fleet &&
          { waiting: fleet.waiting, delayed: fleet.delayed, active: fleet.active, failed: fleet.failed };
      }),
    });
    gauge(
      "sluice_queue_oldest_seconds",
      "Age of the oldest waiting job; 0 if no job waits.",
      ({ fleet }) => fleet && (fleet.oldestSeconds ?? 0),
    );
    gauge(
      "sluice_work_in_progress",
      "Objects or requests in progress.",
      inProgress,
    );
    this.#work = new Histogram({
      name: "sluice_work_duration_seconds",
      help:
        "Duration of objects, or of requests to /v1/records and /v1/menus, from their first line to their end.",
      buckets: workBuckets,
      registers,
    });
    counter("sluice_read_bytes_total", "Bytes read from the source, as stored.", ({ bytes }) => bytes.in);
    counter(
      "sluice_written_bytes_total",
      "Bytes written to the destination, as stored.",
      ({ bytes }) => bytes.out,
    );
    gauge("process_resident_memory_bytes", "Resident memory.", ({ rssBytes }) => rssBytes);
    gauge(
      "process_start_time_seconds",
      "Start time of the process, in seconds since 1970.",
      ({ startedMs }) => startedMs / 1000,
    );
    counter("process_cpu_seconds_total", "User and system CPU time.", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  observeCall({ hasFailed, seconds }: EndedCall): void {
    this.#calls.observe({ outcome: hasFailed ? "failed" : "answered" }, seconds);
  }

  observeWork(seconds: number): void {
    this.#work.observe(seconds);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
