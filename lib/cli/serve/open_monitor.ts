import manifest from "../../../deno.json" with { type: "json" };
import type { LivePage } from "../../page/live_page.ts";
import { Monitor, type MonitorOptions } from "../../telemetry/monitor.ts";
import type { Parts } from "../open/open_parts.ts";

export interface OpenMonitorOptions extends Omit<MonitorOptions, "version" | "modelUrl" | "cacheUrl"> {
  readonly parts: Pick<Parts, "cache" | "model">;
}

/** A monitor that a page shows from now on. */
export function openMonitor(live: LivePage, { parts, ...options }: OpenMonitorOptions): Monitor {
  const monitor = new Monitor({
    ...options,
    version: manifest.version,
    modelUrl: parts.model.url,
    cacheUrl: parts.cache.url,
  });
  live.show(monitor);
  return monitor;
}
