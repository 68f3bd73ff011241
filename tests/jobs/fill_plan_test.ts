import { assertEquals } from "@std/assert/mod.js";
import { planFill } from "../../lib/jobs/fill_plan.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const signal = new AbortController().signal;
const bytes = new Uint8Array(1);

/** What is planned, where `listed` names the lists that are there. */
async function plan(
  { source, destination }: { source: MemoryStore; destination: MemoryStore },
  listed: readonly string[],
  more: { maySkip?: boolean; include?: readonly string[] } = {},
) {
  const skipped = new MemoryStore();
  skipped.remove = (name) => destination.remove(`_skipped/${name}`); // it is the destination's
  for (const name of listed) skipped.give(name, bytes);
  const options = { source, destination, skipped, fingerprint: "r", maySkip: true, signal, ...more };
  return (await Array.fromAsync(planFill(options))).map((planned) =>
    planned.todo === "process"
      ? [planned.object.name, planned.todo, planned.output?.etag]
      : [planned.object.name, planned.todo]
  );
}

function stores() {
  const source = new MemoryStore(), destination = new MemoryStore();
  for (const name of ["a.jsonl", "b.jsonl", "c.jsonl"]) source.give(name, bytes);
  return { source, destination };
}

Deno.test("planFill() takes the objects whose outputs hold nulls, and no others", async () => {
  const { source, destination } = stores();
  const { etag } = destination.give("b.jsonl", bytes);
  assertEquals(await plan({ source, destination }, ["b.jsonl", "c.jsonl"]), [
    ["b.jsonl", "process", etag],
    ["c.jsonl", "process", undefined],
  ]);
  assertEquals(await plan({ source, destination }, []), []);
});

Deno.test("planFill() leaves alone what is not selected, or has no source any more", async () => {
  assertEquals(await plan(stores(), ["a.jsonl", "b.jsonl", "gone.jsonl"], { include: ["b*"] }), [
    ["a.jsonl", "ignore"],
    ["b.jsonl", "process", undefined],
    ["gone.jsonl", "ignore"],
  ]);
});

Deno.test("planFill() removes the list of an output that a recipe without nulls has made since", async () => {
  const { source, destination } = stores();
  const object = (await source.head("a.jsonl", signal))!;
  await destination.put("a.jsonl", bytes, {
    condition: "always",
    contentType: "x",
    mark: { sourceEtag: object.etag, recipe: "r", rejects: 0 },
    signal,
  });
  destination.give("_skipped/a.jsonl", bytes);
  assertEquals((await plan({ source, destination }, ["a.jsonl"]))[0]?.[1], "process", "it may hold nulls");
  assertEquals(await plan({ source, destination }, ["a.jsonl"], { maySkip: false }), [["a.jsonl", "skip"]]);
  assertEquals(destination.objects.has("_skipped/a.jsonl"), false);
});
