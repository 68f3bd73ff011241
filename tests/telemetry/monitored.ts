import { Monitor, type MonitorOptions } from "../../lib/telemetry/monitor.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";
import { answersOf } from "../records/stages/answering.ts";

/** A monitor of answers to which nothing has happened. */
export function monitorOf(options: Partial<MonitorOptions> = {}) {
  const answers = answersOf(new InProcessModel());
  const stop = new AbortController();
  const monitor = new Monitor({
    version: "1.2.3",
    command: "serve",
    modelUrl: "fake:",
    cacheUrl: "memory:",
    answers,
    stop: stop.signal,
    ...options,
  });
  return {
    answers,
    monitor,
    stop,
    [Symbol.dispose]: () => monitor[Symbol.dispose](),
  };
}
