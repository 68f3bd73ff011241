/**
 * One of several processes that share a file: writes 2,000 answers, ten at a time, and reads each back.
 * Arguments: the file, and the number that it answers.
 */
import { SqliteCache } from "../../lib/caches/sqlite.ts";

const [path, number] = Deno.args as [string, string];
const { signal } = new AbortController();
const cache = new SqliteCache(path, "n", { timeoutSeconds: 60 });
for (let i = 0; i < 2000; i += 10) {
  const keys = Array.from({ length: 10 }, (_, j) => `${number}: ${i + j}`);
  await cache.set(keys.map((key) => [key, Number(number)]), signal);
  const answers = await cache.get(keys, signal);
  if (answers.some((answer) => answer !== Number(number))) {
    throw new Error(`read ${answers} after ${number}`);
  }
}
await cache.close();
