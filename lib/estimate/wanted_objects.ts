import { objectFilter, planObjects, type PlanOptions, type Selection } from "../jobs/plan.ts";
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
}

/** The objects that a run with the same settings would process, or some of them; counts them as they are listed. */
export class WantedObjects {
  /** As a run counts them. */
  readonly objects = { found: 0, ignored: 0, skipped: 0 };
  /** Number and size of the objects that a run would process. */
  readonly wanted = { objects: 0, bytes: 0 };
  /** The same of those that were handed out. */
  readonly chosen = { objects: 0, bytes: 0 };
  readonly #options: WantedObjectsOptions;

  constructor(options: WantedObjectsOptions) {
    this.#options = options;
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
    if (destination !== undefined && !force) {
      for await (const { todo, object } of planObjects({ ...this.#options, destination })) {
        this.objects.found++;
        if (todo === "process") yield object;
        else this.objects[todo === "skip" ? "skipped" : "ignored"]++;
      }
      return;
    }
    const isWanted = objectFilter(this.#options);
    for await (const page of source.list(signal)) {
      for (const object of page) {
        this.objects.found++;
        if (isWanted(object)) yield object;
        else this.objects.ignored++;
      }
    }
  }
}
