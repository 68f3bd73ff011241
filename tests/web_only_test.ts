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
    ]);
  } finally {
    worker.terminate();
  }
});

Deno.test("The pipeline, the stages and the answers name no API but the Web's", async () => {
  const files = ["lib/pipeline.ts"];
  for (const folder of ["lib/stages", "lib/answers"]) {
    for await (const { name } of Deno.readDir(folder)) files.push(`${folder}/${name}`);
  }
  for (const file of files) {
    const found = (await Deno.readTextFile(file)).match(
      /\bDeno\.\w+|["']node:\w+|\bprocess\.\w+|\bBuffer\b/g,
    );
    assertEquals(found, null, file);
  }
});
