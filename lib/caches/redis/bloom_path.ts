import { hash } from "node:crypto";
import { join } from "node:path";

/** The file that a folder keeps the Bloom filter of a namespace in, told by the cache's address without secrets. */
export function bloomPath(folder: string, url: string, namespace: string): string {
  return join(folder, `${namespace}-${hash("sha256", url).slice(0, 16)}.bloom`);
}
