import { period, type Settings } from "./settings/setting.ts";
import type { Store } from "./stores/store.ts";
import type { UploadJournal } from "./stores/upload_journal.ts";

/** What becomes of what killed runs have left half sent. */
export const abandonedUploadsSettings = {
  abandonAfter: period({
    help: "Unfinished uploads under --to that were begun longer ago are removed, whoever began them",
    min: "1h",
    max: "3650d",
    default: "24h",
  }),
} satisfies Settings;

export interface AbandonedUploadsOptions {
  /** In seconds. */
  readonly abandonAfter: number;
  readonly journal: UploadJournal;
  /** Default: the clock's, in milliseconds since 1970. */
  readonly now?: () => number;
  readonly signal: AbortSignal;
}

/**
 * Removes uploads that nobody will finish: at once those of this machine's processes that are dead, as their journals
 * tell, and all others when they were begun longer than `abandonAfter` ago. Resolves to how many there were.
 *
 * @throws {Error} As {@linkcode Store.unfinishedUploads} and {@linkcode Store.removeUpload} do.
 */
export async function removeAbandonedUploads(
  store: Store,
  options: AbandonedUploadsOptions,
): Promise<number> {
  const { abandonAfter, journal, now = Date.now, signal } = options;
  let removed = 0;
  for (const orphans of journal.orphans()) {
    try {
      for (const upload of orphans.uploads) {
        // Those of other destinations are left to runs that write there.
        if (upload.store !== store.url) continue;
        await store.removeUpload(upload.name, upload.id, signal);
        orphans.forget(upload.id);
        removed++;
      }
    } finally {
      orphans.release();
    }
  }
  const latest = now() - abandonAfter * 1000;
  for await (const { name, id, begunMs } of store.unfinishedUploads(signal)) {
    if (begunMs > latest) continue;
    await store.removeUpload(name, id, signal);
    removed++;
  }
  return removed;
}
