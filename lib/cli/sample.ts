import { samplePostings } from "../sample/sample_postings.ts";
import { ObjectWriter } from "../stages/upload.ts";
import { openStore } from "../stores/open_store.ts";
import type { Store } from "../stores/store.ts";
import { size } from "../summary.ts";
import { exitStatus } from "./exit_status.ts";
import type { Io } from "./io.ts";
import type { SampleOptions } from "./sample_settings.ts";

/** Writes postings to a store, one object after the other, over those that are there. Buffers one part. */
export async function sample(options: SampleOptions, io: Io): Promise<number> {
  const store = await openStore(options.to, { role: "destination" });
  const started = performance.now();
  let objects = 0, bytes = 0;
  try {
    for (const { name, chunks } of samplePostings(options)) {
      bytes += await writeObject(store, name, chunks, io.signal);
      objects++;
      if (io.stderrIsTerminal) io.stderr(`\r${objects} objects, ${size(bytes)}\x1b[K`);
    }
  } finally {
    if (io.stderrIsTerminal && objects > 0) io.stderr("\r\x1b[K");
    await store.close();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  io.stderr(
    `Wrote ${options.records} records in ${objects} objects (${
      size(bytes)
    }) to ${store.url} in ${seconds} s\n`,
  );
  return exitStatus.done;
}

/** Writes one object; resolves to its size in bytes. */
async function writeObject(
  store: Store,
  name: string,
  chunks: Iterable<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): Promise<number> {
  const writer = new ObjectWriter({
    store,
    name,
    condition: "always",
    contentType: "application/x-ndjson",
    maxPartsInFlight: 2,
    signal,
  });
  try {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
    return writer.bytes;
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
