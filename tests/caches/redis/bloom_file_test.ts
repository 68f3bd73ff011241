import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import { BloomFile } from "../../../lib/caches/redis/bloom_file.ts";
import { BloomFilter } from "../../../lib/caches/redis/bloom_filter.ts";
import { keyHash } from "../../../lib/caches/key_hash.ts";

const mark = { number: 7, token: "0123456789abcdef" };

async function withFile(
  work: (file: BloomFile) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(new BloomFile(`${folder}/new/a.bloom`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function filled(): BloomFilter {
  const filter = new BloomFilter({ rate: 0.01, capacity: 100 });
  for (let i = 0; i < 1_000; i++) filter.add(keyHash(`${i}`));
  return filter;
}

Deno.test("BloomFile.load() gives what was saved, and what is added to it later", async () => {
  await withFile(async (file) => {
    assertEquals(await file.load(0.01), undefined);
    const filter = filled();
    await file.save({ filter, mark });
    const loaded = await file.load(0.01);
    assertEquals(loaded?.mark, mark);
    const plain = ({ stages }: BloomFilter) => stages.map((stage) => ({ ...stage, words: [...stage.words] }));
    assertEquals(plain(loaded!.filter), plain(filter));
    assertEquals(filter.stages.length, 4);
    loaded?.filter.add(keyHash("later"));
    assert(loaded?.filter.has(keyHash("later")));
    assertEquals(
      (await Array.fromAsync(Deno.readDir(file.path.replace(/[^/]+$/, ""))))
        .length,
      1,
    );
  });
});

Deno.test("BloomFile.load() leaves a file of another rate, and one with any bit changed or a byte missing", async () => {
  await withFile(async (file) => {
    await file.save({ filter: filled(), mark });
    assertEquals(await file.load(0.02), undefined);
    const bytes = await Deno.readFile(file.path);
    for (const at of [0, 20, 200, bytes.length - 1]) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      await Deno.writeFile(file.path, changed);
      assertEquals(await file.load(0.01), undefined, `byte ${at}`);
    }
    for (const length of [0, 10, bytes.length - 1]) {
      await Deno.writeFile(file.path, bytes.subarray(0, length));
      assertEquals(await file.load(0.01), undefined, `${length} bytes`);
    }
  });
});

Deno.test("BloomFile.save() saves a whole file while hashes are added", async () => {
  await withFile(async (file) => {
    const filter = new BloomFilter({ rate: 0.01, capacity: 3_000_000 }); // more than one part
    filter.add(keyHash("before"));
    const saved = file.save({ filter, mark });
    for (let i = 0; i < 50_000; i++) {
      filter.add(keyHash(`${i}`));
      if (i % 500 === 0) await Promise.resolve();
    }
    await saved;
    assert((await file.load(0.01))?.filter.has(keyHash("before")));
  });
});

Deno.test("BloomFile rejects where the file can neither be read nor written", async () => {
  await withFile(async (file) => {
    await Deno.mkdir(file.path, { recursive: true });
    await assertRejects(() => file.load(0.01));
    await assertRejects(() => file.save({ filter: filled(), mark }));
    assertEquals(
      (await Array.fromAsync(Deno.readDir(file.path.replace(/[^/]+$/, ""))))
        .length,
      1,
    );
  });
});
