import { planObjects, type PlanOptions, type Selection, skipReasonOf } from "../jobs/plan.ts";
import { SkippedObjects, unusableName } from "../jobs/skipped_objects.ts";
import type { SkippedObject } from "../stores/skipped_object.ts";
import type { StoredObject } from "../stores/store.ts";

export interface WantedObjectsOptions
  extends Selection, Pick<PlanOptions, "fingerprint" | "ledger" | "signal"> {
  readonly source: PlanOptions["source"];
  /** Where outputs are; without it, no object is done. */
  readonly destination?: PlanOptions["destination"];
  /** Objects processed at most. */
  readonly limit?: number;
  /** Of those that a run would process, the first one of every so many is read; 1 for all. */
  readonly every: number;
  /** Called for each object that cannot be read because of its name. */
  readonly onFailure?: (message: string) => void;
}

/** The objects that a run with the same settings would process, or some of them; counts them as they are listed. */
export class WantedObjects {
  /** As a run counts them. */
  readonly objects = { found: 0, ignored: 0, skipped: 0 };
  /** What `objects.ignored` counts. */
  readonly skipped = new SkippedObjects();
  /** Number and size of the objects that a run would process. */
  readonly wanted = { objects: 0, bytes: 0 };
  /** The same of those that were handed out. */
  readonly chosen = { objects: 0, bytes: 0 };
  /** Objects that cannot be read, whatever they hold: their names are not UTF-8. */
  failures = 0;
  readonly #options: WantedObjectsOptions;

  constructor(options: WantedObjectsOptions) {
    this.#options = options;
  }

  /** Counts an object that was found and is not read. */
  skip(skipped: SkippedObject): void {
    if (skipped.reason === "name_not_utf8") {
      this.failures++;
      this.#options.onFailure?.(unusableName(this.#options.source.url, skipped).message);
      return;
    }
    this.objects.ignored++;
    this.skipped.add(skipped);
  }

  /** In the stores' order. */
  async *list(): AsyncGenerator<StoredObject, undefined> {
    const { every, limit = Infinity } = this.#options;
    for await (const object of this.#toProcess()) {
      const isChosen = this.wanted.objects % every === 0;
      this.wanted.objects++;
      this.wanted.bytes += object.bytes;
      if (isChosen) {
        this.chosen.objects++;
        this.chosen.bytes += object.bytes;
        yield object;
      }
      if (this.wanted.objects >= limit) return;
    }
  }

  async *#toProcess(): AsyncGenerator<StoredObject> {
    const { destination, force, signal, source } = this.#options;
    const onSkipped = (skipped: SkippedObject) => {
      this.objects.found++;
      this.skip(skipped);
    };
    if (destination !== undefined && !force) {
      for await (const planned of planObjects({ ...this.#options, destination, onSkipped })) {
        const { object, todo } = planned;
        if (todo === "ignore") {
          onSkipped({ name: object.name, reason: planned.reason });
          continue;
        }
        this.objects.found++;
        if (todo === "process") yield object;
        else this.objects.skipped++;
      }
      return;
    }
    const skipReason = skipReasonOf(this.#options);
    for await (const page of source.list(signal, { anyOrder: true, onSkipped })) {
      for (const object of page) {
        const reason = skipReason(object);
        if (reason !== undefined) {
          onSkipped({ name: object.name, reason });
          continue;
        }
        this.objects.found++;
        yield object;
      }
    }
  }
}
