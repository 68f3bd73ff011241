import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EndedCall } from "../answers/caller.ts";
import type { Snapshot } from "./snapshot.ts";

/** Upper bounds of the model's calls, in seconds: its deadline is 60 s unless told. */
const callBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Upper bounds of objects and requests, in seconds. */
const workBuckets = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 15, 60, 300, 1_800, 7_200];

/** The process's figures in Prometheus' text form: counters and gauges as they stand when asked for. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #calls: Histogram<"outcome">;
  readonly #work: Histogram;

  /**
   * @param now How things stand.
   * @param inProgress Objects or requests that are worked on; a snapshot does not name all of them.
   * @param options `hasNearTitles`: near titles may share answers.
   */
  constructor(now: () => Snapshot, inProgress: () => number, { hasNearTitles = false } = {}) {
    const registers = [this.#registry];
    let snapshot: Snapshot | undefined;
    /** One snapshot for all that is collected in one turn. */
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
      help: "The version that runs, as a label; always 1.",
      labelNames: ["version", "command"],
      registers,
      collect() {
        const { command, version } = current();
        this.set({ command, version }, 1);
      },
    });
    counters(
      "sluice_records_total",
      "Records that came through, by what became of them, failed passes included; and keys of /v1/answers.",
      "outcome",
      ({ records: { out, rejected, blank } }) => ({ answered: out, rejected, blank }),
    );
    counters(
      "sluice_rejects_total",
      "Records that were set aside, by reason.",
      "reason",
      ({ rejects }) => Object.fromEntries(rejects.map(({ reason, count }) => [reason, count])),
    );
    counters(
      "sluice_keys_total",
      "Distinct keys, window by window, by where their answers came from.",
      "source",
      ({ keys: { local, hits, asked, cluster, rare } }) => ({
        process: local,
        cache: hits,
        model: asked,
        ...(cluster === undefined ? {} : { cluster }),
        ...(rare === undefined ? {} : { rare }),
      }),
    );
    // Not where they mean nothing: without a label, a figure that nobody gives is 0.
    if (hasNearTitles) {
      gauge(
        "sluice_cluster_up",
        "1 while near titles share answers, 0 while they do not.",
        ({ nearTitles }) => nearTitles && (nearTitles.threshold === null ? 0 : 1),
      );
      gauge(
        "sluice_cluster_agreement",
        "Share of near titles with the same answer that the sample shows at least.",
        ({ nearTitles }) => nearTitles?.agreement,
      );
      counter(
        "sluice_cluster_stops_total",
        "How often near titles have ceased to share answers.",
        ({ nearTitles }) => nearTitles?.stops,
      );
    }
    gauge(
      "sluice_questions_saved",
      "Records answered without a question of their own.",
      ({ saved }) => saved.questions,
    );
    counter("sluice_model_calls_total", "Calls made, retries included.", ({ model }) => model.calls);
    counter("sluice_model_questions_total", "Questions in those calls.", ({ model }) => model.questions);
    counter(
      "sluice_model_retries_total",
      "Calls made again after a failure.",
      ({ model }) => model.retries,
    );
    gauge("sluice_model_calls_in_flight", "Calls under way.", ({ model }) => model.callsUnderWay);
    gauge(
      "sluice_model_questions_waiting",
      "Questions that wait for a call.",
      ({ model }) => model.questionsWaiting,
    );
    gauge(
      "sluice_model_up",
      "0 while the model fails and is only probed, or not asked for a while, else 1.",
      ({ model }) => model.isDown ? 0 : 1,
    );
    this.#calls = new Histogram({
      name: "sluice_model_call_duration_seconds",
      help: "How long calls took.",
      labelNames: ["outcome"],
      buckets: callBuckets,
      registers,
    });
    counter("sluice_cache_reads_total", "Round trips that looked keys up.", ({ cache }) => cache.reads);
    counter("sluice_cache_writes_total", "Round trips that stored answers.", ({ cache }) => cache.writes);
    counter(
      "sluice_cache_read_seconds_total",
      "Time spent in round trips that looked keys up, added up.",
      ({ cache }) => cache.readSeconds,
    );
    counter(
      "sluice_cache_write_seconds_total",
      "Time spent in round trips that stored answers, added up.",
      ({ cache }) => cache.writeSeconds,
    );
    gauge(
      "sluice_cache_up",
      "0 while the cache fails and rests, else 1.",
      ({ cache }) => cache.isDown ? 0 : 1,
    );
    counters(
      "sluice_objects_total",
      "Objects of the source, by what became of them.",
      "outcome",
      ({ objects }) => {
        if (objects === undefined) return undefined;
        const { done, failed, gone, ignored, skipped } = objects;
        return { done, failed, gone, ignored, skipped };
      },
    );
    counters(
      "sluice_requests_total",
      "Requests for answers, by what became of them.",
      "outcome",
      ({ requests }) =>
        requests && { done: requests.done, failed: requests.failed, refused: requests.refused },
    );
    new Gauge({
      name: "sluice_queue_jobs",
      help: "Jobs of the fleet's queue, by state.",
      labelNames: ["state"],
      registers,
      collect: labelled("state", ({ fleet }) => {
        return fleet &&
          { waiting: fleet.waiting, delayed: fleet.delayed, active: fleet.active, failed: fleet.failed };
      }),
    });
    gauge(
      "sluice_queue_oldest_seconds",
      "How long the job that has waited longest has.",
      ({ fleet }) => fleet && (fleet.oldestSeconds ?? 0),
    );
    gauge(
      "sluice_work_in_progress",
      "Objects or requests that are worked on.",
      inProgress,
    );
    this.#work = new Histogram({
      name: "sluice_work_duration_seconds",
      help: "How long objects, or requests to /v1/records, took from their first line to their end.",
      buckets: workBuckets,
      registers,
    });
    counter("sluice_read_bytes_total", "Bytes read, as stored.", ({ bytes }) => bytes.in);
    counter("sluice_written_bytes_total", "Bytes written, as stored.", ({ bytes }) => bytes.out);
    gauge("process_resident_memory_bytes", "Resident memory.", ({ rssBytes }) => rssBytes);
    gauge(
      "process_start_time_seconds",
      "When the work began, in seconds since 1970.",
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
