import { samplePostings } from "../sample/sample_postings.ts";
import { openStore } from "../stores/open_store.ts";
import type { Store } from "../stores/store.ts";
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
      if (io.stderrIsTerminal) io.stderr(`\r${objects} objects, ${mebibytes(bytes)}\x1b[K`);
    }
  } finally {
    if (io.stderrIsTerminal && objects > 0) io.stderr("\r\x1b[K");
    await store.close();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  io.stderr(
    `Wrote ${options.records} records in ${objects} objects (${
      mebibytes(bytes)
    }) to ${store.url} in ${seconds} s\n`,
  );
  return exitStatus.done;
}

/** Writes one object, at once where it fits in a part; resolves to its size in bytes. */
async function writeObject(
  store: Store,
  name: string,
  chunks: Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const write = { condition: "always", contentType: "application/x-ndjson", signal } as const;
  const { partBytes, maxParts } = store.partLimits;
  const part = new Uint8Array(partBytes);
  let filled = 0, offset = 0, number = 0;
  let upload: Awaited<ReturnType<Store["startUpload"]>> | undefined;
  try {
    for (const chunk of chunks) {
      for (let taken = 0; taken < chunk.length;) {
        if (filled === partBytes) {
          upload ??= await store.startUpload(name, write);
          if (++number >= maxParts) {
            throw new Error(
              `Cannot write ${store.url}${name}: more than ${maxParts} parts of ${partBytes} bytes`,
            );
          }
          await upload.part(number, offset, part, signal);
          offset += filled;
          filled = 0;
        }
        const piece = chunk.subarray(taken, taken + partBytes - filled);
        part.set(piece, filled);
        filled += piece.length;
        taken += piece.length;
      }
    }
    const last = part.subarray(0, filled);
    if (upload === undefined) await store.put(name, last, write);
    else {
      await upload.part(++number, offset, last, signal);
      await upload.complete(signal);
    }
    return offset + filled;
  } catch (error) {
    await upload?.abort();
    throw error;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
