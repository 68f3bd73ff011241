/**
 * The fake model as a process of its own: `--port P` (0 takes a free one), `--delay-ms N`. Prints
 * `listening on grpc://…`, then its sums as one line of JSON for each line on standard input, and once more when
 * a signal stops it.
 */
import { parseArgs } from "node:util";
import { TextLineStream } from "@std/streams/text_line_stream.js";
import { FakeModel } from "./model.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, "delay-ms": { type: "string", default: "0" } },
});
const fake = await FakeModel.start({
  listen: `127.0.0.1:${values.port}`,
  delayMs: Number(values["delay-ms"]),
});
console.log(`listening on ${fake.url}`);

const stop = async () => {
  console.log(JSON.stringify(fake.stats()));
  await fake[Symbol.asyncDispose]();
  Deno.exit(0);
};
Deno.addSignalListener("SIGINT", stop);
Deno.addSignalListener("SIGTERM", stop);

for await (
  const _ of Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
) {
  console.log(JSON.stringify(fake.stats()));
}
