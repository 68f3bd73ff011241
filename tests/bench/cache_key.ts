import { encodeKey } from "../../lib/recipe/key.ts";

/** The key of a cache's n-th entry: as long as a posting's. */
export function cacheKey(n: number): string {
  return encodeKey(`Maple Interactive ${n % 9_973} Ltd`, `Lead Analyst ${n}`);
}
