import { assertEquals } from "@std/assert/mod.js";
import { Replay, type ReplayedObject, replayedText } from "../../lib/jobs/replay.ts";
import type { Selection } from "../../lib/jobs/plan.ts";
import { ObjectCounts } from "../../lib/records/batch.ts";
import type { StoredObject } from "../../lib/stores/store.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const { signal } = new AbortController();
const bytes = new Uint8Array(1);

/** A source and a destination, and the outputs in it. */
class Stores {
  readonly source = new MemoryStore();
  readonly destination = new MemoryStore();

  /** Gives an object an output with so many rejects. */
  async output(name: string, rejects: number, { recipe = "r" } = {}): Promise<void> {
    const object = await this.source.head(name, signal) ?? this.source.give(name, bytes);
    await this.destination.put(name, bytes, {
      condition: "always",
      contentType: "x",
      mark: { sourceEtag: object.etag, recipe, rejects },
      signal,
    });
  }

  replay(selection: Selection = {}) {
    const ended: ReplayedObject[] = [];
    const replay = new Replay({ ...this, ...selection, fingerprint: "r" }, (object) => {
      ended.push(object);
    });
    const plan = async () => (await Array.fromAsync(replay.plan(signal))).map(({ object }) => object.name);
    return { replay, ended, plan };
  }
}

function counts(rejected: number): ObjectCounts {
  const made = new ObjectCounts();
  for (let i = 0; i < rejected; i++) made.reject("invalid_json");
  return made;
}

Deno.test("Replay.plan() takes objects whose outputs have rejects, in order, and counts what it leaves", async () => {
  const stores = new Stores();
  for (let i = 0; i < 40; i++) await stores.output(`${i}.jsonl`, i % 3 === 0 ? i : 0);
  stores.source.give("new.jsonl", bytes); // without an output
  stores.source.give("readme.txt", bytes); // no record file
  stores.destination.give("foreign.jsonl", bytes); // no output of Sluice
  await stores.output("old.jsonl", 0, { recipe: "another" });
  const { plan, replay } = stores.replay();
  const expected = Array.from({ length: 13 }, (_, i) => `${3 * (i + 1)}.jsonl`).sort();
  assertEquals(await plan(), expected);
  const { after, before, objects, outcomes, outdated, outputs, withoutOutput } = replay.summary();
  assertEquals([outputs, objects, outdated, withoutOutput], [41, 13, 1, 1]);
  assertEquals([before, after, outcomes.left], [273, 273, 13], "planned, and not ended yet");
});

Deno.test("Replay.ended() takes note of what is left of each object", async () => {
  const stores = new Stores();
  for (const [name, rejects] of [["a", 3], ["b", 5], ["c", 7], ["d", 1]] as const) {
    await stores.output(`${name}.jsonl`, rejects);
  }
  stores.source.give("b.jsonl", bytes);
  await stores.source.remove("d.jsonl");
  const { ended, plan, replay } = stores.replay();
  assertEquals(await plan(), ["a.jsonl", "b.jsonl", "c.jsonl"]);
  replay.ended("a.jsonl", counts(0), "again");
  replay.ended("a.jsonl", counts(0), "done");
  replay.ended("b.jsonl", counts(2), "done");
  replay.ended("c.jsonl", counts(9), "failed");
  assertEquals(ended.map(replayedText), [
    "d.jsonl: 1 reject stays: it is not in the source any more",
    "a.jsonl: 3 rejects before, 0 now",
    "b.jsonl: 5 rejects before, 2 now (2 invalid_json); its source was replaced",
    "c.jsonl: 7 rejects stay: it could not be processed",
  ]);
  const { after, before, outcomes, replaced } = replay.summary();
  assertEquals([before, after, replaced], [16, 10, 1]);
  assertEquals(outcomes, { processed: 2, failed: 1, gone: 1, left: 0 });
});

Deno.test("Replay.plan() takes what is selected, and counts what is not", async () => {
  const stores = new Stores();
  for (const name of ["a.jsonl", "b.jsonl", "c.jsonl"]) await stores.output(name, 1);
  const { plan, replay } = stores.replay({ include: ["b*"] });
  assertEquals(await plan(), ["b.jsonl"]);
  assertEquals([replay.summary().objects, replay.summary().notSelected], [1, 2]);
});

Deno.test("Replay.plan() asks for no mark that the ledger remembers", async () => {
  const stores = new Stores();
  await stores.output("a.jsonl", 2);
  const mark = { sourceEtag: stores.source.objects.get("a.jsonl")!.object.etag, recipe: "r", rejects: 2 };
  let heads = 0;
  const destination = {
    url: stores.destination.url,
    list: (signal: AbortSignal) => stores.destination.list(signal),
    head: (name: string, signal: AbortSignal) => {
      heads++;
      return stores.destination.head(name, signal);
    },
  };
  const ledger = { get: () => mark, set: () => {} };
  const replay = new Replay({ source: stores.source, destination, ledger, fingerprint: "r" }, () => {});
  const planned = await Array.fromAsync(replay.plan(signal));
  assertEquals([planned.length, planned[0]!.output!.mark, heads], [1, mark, 0]);
});

Deno.test("Replay.plan() closes both listings when it is left", async () => {
  const stores = new Stores();
  for (let i = 0; i < 50; i++) await stores.output(`${i}.jsonl`, 1);
  let open = 0;
  const watched = (store: MemoryStore) => ({
    url: store.url,
    abilities: store.abilities,
    head: (name: string, signal: AbortSignal) => store.head(name, signal),
    async *list(signal: AbortSignal): AsyncGenerator<StoredObject[]> {
      open++;
      try {
        yield* store.list(signal);
      } finally {
        open--;
      }
    },
  });
  const source = watched(stores.source), destination = watched(stores.destination);
  const replay = new Replay({ source, destination, fingerprint: "r" }, () => {});
  for await (const _ of replay.plan(signal)) break;
  assertEquals(open, 0);
});
