import { SluiceError } from "../errors/sluice_error.ts";
import { plural } from "../text/format.ts";
import { ConditionFailedError, type Store, type StoredObject } from "./store.ts";

/** How long removing what a probe has written may take, in milliseconds. */
const removeTimeoutMs = 15_000;

/** The first page of a store's listing in a sentence. */
export async function describeStore(store: Store, signal: AbortSignal): Promise<string> {
  let first: StoredObject[] = [];
  for await (const page of store.list(signal)) {
    first = page;
    break;
  }
  if (first.length === 0) return `${store.url}: no objects`;
  return `${store.url}: ${plural(first.length, "object")} in the first page of its listing, from ${
    first[0]!.name
  } on`;
}

/**
 * Tries a write in parts, and whether its condition is kept, on an object that is removed again.
 *
 * @throws {SluiceError} It cannot be written, or the condition is not kept.
 */
export async function probeStore(store: Store, signal: AbortSignal): Promise<string> {
  const name = `_sluice-probe-${crypto.randomUUID()}.jsonl`;
  const options = { condition: { ifAbsent: true }, contentType: "application/x-ndjson", signal } as const;
  const bytes = new TextEncoder().encode("{}\n");
  const write = async () => {
    const upload = await store.startUpload(name, options);
    try {
      await upload.part(1, 0, bytes, signal);
      await upload.complete(signal);
    } catch (error) {
      await upload.abort();
      throw error;
    }
  };
  const remove = () => store.remove(name, AbortSignal.timeout(removeTimeoutMs));
  try {
    await write();
    try {
      await write();
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      await remove();
      return `${store.url}: a write in parts works, and its condition is kept`;
    }
    throw new SluiceError({
      kind: "sink",
      action: "rely on",
      subject: store.url,
      reason: "it let a write replace an object that was there, although the condition forbade it; " +
        "two runs at once may overwrite each other's outputs",
    });
  } catch (error) {
    await remove().catch(() => {}); // what failed before is what matters
    throw error;
  }
}
