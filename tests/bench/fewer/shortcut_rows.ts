/**
 * What the shortcuts save, and what they change, one JSON line each.
 *
 *     deno run --allow-read --v8-flags=--expose-gc tests/bench/fewer/shortcut_rows.ts
 */
import { clusterRow } from "./cluster_row.ts";
import { rareRow } from "./rare_row.ts";

console.log(JSON.stringify(await clusterRow()));
for (const misleading of [0.002, 0.01, 0.2]) {
  console.log(
    JSON.stringify({ misleading, ...await clusterRow({ misleading }) }),
  );
}
console.log(JSON.stringify(await rareRow()));
