import type { RunOnRedis } from "./redis_route.ts";

/** Keys looked at in one step: about half a millisecond of the server's time. */
const keysPerStep = 1_000;

/**
 * All keys of a server that begin with a prefix, in small steps between which the server serves others. Keys that are
 * created or removed meanwhile may be included or not; a key may come twice.
 */
export async function* scanRedis(run: RunOnRedis, prefix: string): AsyncGenerator<string[]> {
  const pattern = `${prefix.replace(/[\\*?[\]]/g, "\\$&")}*`;
  let cursor = "0";
  do {
    const found = await run((client) => client.scan(cursor, { MATCH: pattern, COUNT: keysPerStep }));
    cursor = String(found.cursor);
    if (found.keys.length > 0) yield found.keys.map(String);
  } while (cursor !== "0");
}
