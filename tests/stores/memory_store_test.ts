import { MemoryStore } from "../fakes/memory_store.ts";
import { testStore } from "./store_conformance.ts";

testStore("MemoryStore", () => {
  const store = new MemoryStore({ readBytes: 65_536 });
  return Promise.resolve({
    store,
    plant: (name, text) => void store.give(name, new TextEncoder().encode(text)),
    [Symbol.asyncDispose]: () => store.close(),
  });
});
