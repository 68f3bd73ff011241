const results = new URL("../bench/results/", import.meta.url);

/** The highest peak of Sluice's memory in the dated results of the bench, in bytes. */
export function benchMemory(): number {
  const peaks: number[] = [];
  for (const { name } of Deno.readDirSync(results)) {
    if (!/^\d{4}-\d\d-\d\d.*\.txt$/.test(name)) continue;
    const text = Deno.readTextFileSync(new URL(name, results));
    for (const [line] of text.matchAll(/^(?: *Sluice's )?peak memory.*/gm)) {
      const figures = /(\d+) MB(?: \(\d+–(\d+)\))?/.exec(line);
      peaks.push(Number(figures?.[2] ?? figures?.[1]) * 1e6);
    }
  }
  return Math.max(...peaks);
}
