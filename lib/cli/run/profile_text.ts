import type { Summary } from "../../jobs/summary.ts";
import { count, duration, plural, share, size } from "../../text/format.ts";

/** What the scraper writes in a minute, and in a day. */
const fileLines = 5_555, dayFiles = 1_440;
const barCells = 24;

/** Where the time of a run went, and its main figures, as text. Ends in a newline. */
export function profileText(summary: Summary): string {
  const { stages, cacheServer } = summary.profile ?? { stages: {} };
  const { cache, cpuSeconds, keys, objects, peakRssBytes, records, seconds } = summary;
  const rows = Object.entries(stages).filter(([, spent]) => spent > 0).toSorted(([, a], [, b]) => b - a);
  const all = rows.reduce((sum, [, spent]) => sum + spent, 0);
  const table = rows.map(([stage, spent]) =>
    `  ${stage.padEnd(20)}${duration(spent).padStart(12)}${share(spent, all).padStart(9)}  ${
      bar(spent / all)
    }\n`
  );
  const perSecond = records.in / Math.max(seconds, 1e-3);
  const mean = (total: number, times: number) => duration(times === 0 ? 0 : total / times);
  const saved = Math.max(0, records.out - keys.asked);
  const answers: [string, string][] = [
    ["one file", `${plural(fileLines, "line")} take ${duration(fileLines / perSecond)} at this run's rate`],
    [
      "a day",
      `${count(dayFiles)} such files take ${duration(dayFiles * fileLines / perSecond)}, extrapolated from ` +
      `${plural(records.in, "line")} in ${plural(objects.done, "object")}`,
    ],
    [
      "cache",
      `reading: ${plural(cache.reads, "round trip")} of ${mean(cache.readSeconds, cache.reads)}; ` +
      `writing: ${count(cache.writes)} of ${mean(cache.writeSeconds, cache.writes)}; ` +
      `${share(stages["cache client"] ?? 0, all)} of this process's time`,
    ],
    ["service", `${duration(cpuSeconds)} of CPU, ${size(peakRssBytes)} of memory at most`],
    [
      "server",
      cacheServer === undefined
        ? "the cache is in this process, or does not report it"
        : `the cache's: ${duration(cacheServer.cpuSeconds)} of CPU, ${
          size(cacheServer.memoryBytes)
        } of memory`,
    ],
    ["saved", `${count(saved)} of ${plural(records.out, "question")}, by the cache and by deduplication`],
  ];
  return `Time of the main thread by stage, sampled:\n${table.join("")}` +
    answers.map(([subject, text]) => `${subject.padEnd(8)} ${text}\n`).join("");
}

function bar(part: number): string {
  const eighths = Math.round(part * barCells * 8);
  return "█".repeat(Math.floor(eighths / 8)) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
}
