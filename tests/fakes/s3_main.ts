/**
 * Serves a {@linkcode FakeS3} as a process of its own, over a folder: each folder in it is a bucket.
 *
 *     deno run --allow-net --allow-read --allow-write tests/fakes/s3_main.ts --port 9000 --root DIR
 *
 * Prints `listening on http://127.0.0.1:PORT` when it is ready; ends with its process. Metadata is in memory only.
 */
import { parseArgs } from "node:util";
import { FakeS3 } from "./s3.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, root: { type: "string" } },
});
if (values.root === undefined) throw new Error("Cannot serve: --root DIR is missing");
await Deno.mkdir(values.root, { recursive: true });
const fake = await FakeS3.start({ port: Number(values.port), root: values.root });
console.log(`listening on ${fake.endpoint}`);
