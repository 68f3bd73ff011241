import { kindOf, reasonOf } from "../../errors/sluice_error.ts";
import { type SampleObject, samplePostings } from "../../seniority/sample/sample_postings.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { ForeignFileError, type LineObject, unmarkedFile } from "../../sinks/foreign_file.ts";
import { ObjectWriter } from "../../sinks/object_writer.ts";
import { openStore } from "../../stores/open_store.ts";
import type { Store } from "../../stores/store.ts";
import { duration, plural, size } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { ProgressLine } from "../progress_line.ts";
import type { Values } from "../../settings/setting.ts";
import type { sampleFlags } from "./tryout_settings.ts";

export type SampleOptions = Values<typeof sampleFlags>;

/**
 * Writes postings to a store, one object after the other, over those that are there. Buffers three parts.
 *
 * @throws {ForeignFileError} A file of an object's name is there that is no sample, and `overwrite` is not set; objects
 * before it are written.
 */
export async function sample(options: SampleOptions, io: Io): Promise<number> {
  const postings = postingsOf(options);
  const store = await openStore(options.to, { role: "destination" });
  const started = performance.now();
  using progress = new ProgressLine(io, { quiet: false });
  let objects = 0, bytes = 0;
  progress.show(() => [plural(objects, "object"), size(bytes)]);
  try {
    for (const { name, chunks } of postings) {
      if (!options.overwrite) await refuseForeign(store, name, io.signal);
      bytes += await writeObject(store, name, chunks, io.signal);
      objects++;
    }
  } finally {
    progress.end();
    await store.close();
  }
  const elapsed = duration((performance.now() - started) / 1000);
  const written = `${plural(options.records, "record")} in ${plural(objects, "object")} (${size(bytes)})`;
  io.stderr(`Wrote ${written} to ${store.url} in ${elapsed}\n`);
  return exitStatus.done;
}

function postingsOf(
  { records, perObject, pairs = Math.min(17_000, records), seed }: SampleOptions,
): Iterable<SampleObject> {
  try {
    return samplePostings({ records, perObject, pairs, seed });
  } catch (error) {
    // More pairs than records, or than there are names for.
    throw kindOf(error) === "settings" ? new ConfigError([reasonOf(error)]) : error;
  }
}

/** The addresses of made-up postings end in a domain that nobody has. */
async function refuseForeign(store: Store, name: string, signal: AbortSignal): Promise<void> {
  const isSample = ({ url }: LineObject) => /^https:\/\/[^/]+\.example\//.test(String(url));
  const found = await unmarkedFile(store, name, { isOurs: isSample, signal });
  if (found === "foreign") throw new ForeignFileError(store.url + name);
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
