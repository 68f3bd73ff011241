import { assertEquals } from "@std/assert/mod.js";

Deno.test("The pipeline runs in a worker without permissions", async () => {
  const worker = new Worker(new URL("./web_only_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  } as WorkerOptions);
  try {
    const outputs = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
    assertEquals(outputs, [
      '{"company":"a","title":"b","level":5}\n',
      '{"object":"memory:///a.jsonl","line":2,"reason":"invalid_json","text":"no json"}\n',
      'company,title,level\n"a\nb",c,5\n',
      '{"company":"a","title":"b","level":5}\n',
      [{ line: 2, reason: "invalid_json", text: "no json" }],
      { sourceEtag: "etag 1", recipe: "f", rejects: 1 },
    ]);
  } finally {
    worker.terminate();
  }
});

/**
 * What is imported by name: these packages run on Web APIs, as the worker shows; csv-parse imports nothing, but takes
 * the `Buffer` that Deno gives packages.
 */
const packages = [
  "@opentelemetry/api",
  "@std/async/delay.js",
  "@std/async/retry.js",
  "@std/bytes/concat.js",
  "cockatiel",
  "csv-parse/sync",
  "lru-cache",
  "pako",
  "valibot",
];

Deno.test("The pipeline, the stages, the answers and all that they import name no API but the Web's", async () => {
  const roots = ["records/pipeline.ts", "sources/object_source.ts", "sinks/object_sink.ts"];
  const files = new Set(roots.map((name) => new URL(`../../lib/${name}`, import.meta.url).href));
  for (const folder of ["../../lib/records/stages/", "../../lib/answers/"]) {
    const url = new URL(folder, import.meta.url);
    for await (const { name } of Deno.readDir(url)) files.add(new URL(name, url).href);
  }
  const imported = new Set<string>();
  for (const file of files) { // grows while it is read
    const code = (await Deno.readTextFile(new URL(file))).replace(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, "");
    const found = code.match(/\bDeno\.\w+|["']node:\w+|\bprocess\.\w+|\bBuffer\b/g);
    assertEquals(found, null, file);
    const loading = code.replace(/^import type [^;]*;/gm, ""); // types load nothing
    for (const [, from] of loading.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"([^"\n]+)"/g)) {
      if (from!.startsWith(".")) files.add(new URL(from!, file).href);
      else imported.add(from!);
    }
  }
  assertEquals([...imported].sort(), packages);
});
