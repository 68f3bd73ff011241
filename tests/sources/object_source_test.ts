import { dirname, join } from "node:path";
import { ObjectSource } from "../../lib/sources/object_source.ts";
import { DirectoryStore } from "../../lib/stores/directory/directory.ts";
import { S3Store } from "../../lib/stores/s3/s3.ts";
import { MemoryStore, type MemoryStoreFaults } from "../fakes/memory_store.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { testSource } from "./source_conformance.ts";

/** Broken connections are resumed at once. */
const retry = { firstMs: 0 };

testSource("ObjectSource over memory", () => {
  const faults: { breakReads?: MemoryStoreFaults["breakReads"] } = {};
  const store = new MemoryStore({ readBytes: 65_536, faults });
  const source = new ObjectSource(store, { retry });
  return Promise.resolve({
    source,
    plant: (name, text) => void store.give(name, new TextEncoder().encode(text)),
    remove: (name) => void store.objects.delete(name),
    breakNextRead(afterBytes) {
      faults.breakReads = { afterBytes, times: 1 };
      return () => store.log.filter((entry) => entry.startsWith("read ")).length;
    },
    [Symbol.asyncDispose]: () => source.close(),
  });
});

testSource("ObjectSource over a directory", async () => {
  const folder = await Deno.makeTempDir();
  const source = new ObjectSource(new DirectoryStore(folder));
  return {
    source,
    async plant(name, text) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    },
    remove: (name) => Deno.remove(join(folder, name)),
    async [Symbol.asyncDispose]() {
      await source.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
});

testSource("ObjectSource over S3", async () => {
  const s3 = await FakeS3.start({ buckets: ["raw"] });
  const store = await S3Store.open("s3://raw/in/", {
    endpoint: s3.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "s" },
  });
  const source = new ObjectSource(store, { retry });
  return {
    source,
    plant: (name, text) => void s3.put("raw", `in/${name}`, text),
    remove: (name) => s3.delete("raw", `in/${name}`),
    breakNextRead(cutAfterBytes) {
      s3.fault({ operation: "GetObject" }, { cutAfterBytes });
      return () => s3.count("GetObject");
    },
    async [Symbol.asyncDispose]() {
      await source.close();
      await s3[Symbol.asyncDispose]();
    },
  };
});
