import { SqliteCache } from "../../../lib/caches/sqlite.ts";
import { decodeKey, encodeKey } from "../../../lib/recipe/key.ts";
import type { Strategy } from "./strategy.ts";

const windowRecords = 1_000;

/** Answers are kept for the next run: {@linkcode SqliteCache} in a file, read and written window by window. */
export const cacheStrategy: Strategy = {
  name: "cache",
  setting: "--cache URL",
  canChangeAnswers: false,
  without: "byRun",
  async run({ companies, titles, runs }, ask, answers) {
    const folder = await Deno.makeTempDir({ prefix: "sluice-fewer-" });
    const path = `${folder}/cache.db`, { signal } = new AbortController();
    const cache = new SqliteCache(path, "bench");
    try {
      for (const { start, end } of runs) {
        const known = new Map<string, number>();
        for (let from = start; from < end; from += windowRecords) {
          const to = Math.min(from + windowRecords, end), keys: string[] = [];
          for (let i = from; i < to; i++) {
            keys.push(encodeKey(companies[i]!, titles[i]!));
          }
          const unknown = [...new Set(keys)].filter((key) => !known.has(key));
          const found = await cache.get(unknown, signal);
          const asked: [key: string, answer: number][] = [];
          unknown.forEach((key, at) => {
            let answer = found[at];
            if (answer === undefined) {
              const { company, title } = decodeKey(key);
              asked.push([key, answer = ask(company, title)]);
            }
            known.set(key, answer);
          });
          await cache.set(asked, signal);
          keys.forEach((key, at) => answers[from + at] = known.get(key)!);
        }
      }
      await cache.close();
      return { bytes: (await Deno.stat(path)).size };
    } finally {
      await cache.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
};
