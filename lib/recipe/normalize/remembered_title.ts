import { LRUCache } from "lru-cache";
import { normalizeTitle } from "./normalize_title.ts";

/** Titles that are remembered, the least recently used ones leaving first; some 2 MB. */
const maxRememberedTitles = 8_192;
/** A title of more UTF-16 units than this is normalised each time. */
const maxRememberedUnits = 200;

const remembered = new LRUCache<string, string>({ max: maxRememberedTitles });

/**
 * {@linkcode normalizeTitle}, remembering what came out: the same titles come again and again, from many companies. It
 * halves what the rules add to the CPU time of reading CSV; of JSON lines, the scanner remembers whole keys.
 */
export function rememberedTitle(title: string): string {
  if (title.length > maxRememberedUnits) return normalizeTitle(title);
  let normalized = remembered.get(title);
  if (normalized === undefined) remembered.set(title, normalized = normalizeTitle(title));
  return normalized;
}
