import { period, type Settings } from "../settings/setting.ts";
import type { Store } from "../stores/store.ts";
import type { UploadJournal } from "../stores/s3/upload_journal.ts";

/** What becomes of what killed runs have left half sent. */
export const abandonedUploadsSettings = {
  abandonAfter: period({
    help: "Remove unfinished uploads under --to that are older than this, also those of other programs",
    min: "1h",
    max: "3650d",
    default: "24h",
  }),
} satisfies Settings;

export interface AbandonedUploadsOptions {
  /** In seconds. */
  readonly abandonAfterSeconds: number;
  readonly journal: UploadJournal;
  /** Default: the clock's, in milliseconds since 1970. */
  readonly now?: () => number;
  readonly signal: AbortSignal;
}

/**
 * Removes uploads that will never be finished: at once those of this machine's processes that are dead, as their journals
 * tell, and all others when they were begun longer than `abandonAfterSeconds` ago, but those of processes of this machine
 * that live. Resolves to how many there were.
 *
 * @throws {Error} When all others are removed: as {@linkcode Store.unfinishedUploads} and {@linkcode Store.removeUpload} do.
 */
export async function removeAbandonedUploads(
  store: Pick<Store, "place" | "unfinishedUploads" | "removeUpload">,
  options: AbandonedUploadsOptions,
): Promise<number> {
  const { abandonAfterSeconds, journal, now = Date.now, signal } = options;
  let removed = 0;
  let failure: { readonly error: unknown } | undefined;
  const remove = async (name: string, id: string) => {
    try {
      await store.removeUpload(name, id, signal);
      removed++;
      return true;
    } catch (error) {
      signal.throwIfAborted();
      failure ??= { error }; // the others can be removed nevertheless
      return false;
    }
  };
  for (const orphans of journal.orphans()) {
    try {
      for (const { store: place, name, id } of orphans.uploads) {
        // Those of other destinations are left to runs that write there.
        if (place === store.place && await remove(name, id)) orphans.forget(id);
      }
    } finally {
      orphans.release();
    }
  }
  const latest = now() - abandonAfterSeconds * 1000, living = journal.living();
  for await (const { name, id, begunMs } of store.unfinishedUploads(signal)) {
    if (begunMs <= latest && !living.has(id)) await remove(name, id);
  }
  if (failure !== undefined) throw failure.error;
  return removed;
}
