import { isDone, type Planned, type PlanOptions, type Selection, skipReasonOf } from "./plan.ts";
import type { Store } from "../stores/store.ts";

export interface FillPlanOptions extends Selection {
  readonly source: Pick<PlanOptions["source"], "head">;
  readonly destination: Pick<PlanOptions["destination"], "head">;
  /** The lists of what was skipped, under the outputs' names: `skippedPrefix` of the destination as a store of its own. */
  readonly skipped: Pick<Store, "list" | "remove">;
  /** The recipe's fingerprint. */
  readonly fingerprint: string;
  /** Whether outputs of the recipe may hold nulls. */
  readonly maySkip: boolean;
  readonly signal: AbortSignal;
}

/**
 * Walks the lists of what was skipped, in the store's order, and takes each object again whose output holds nulls. One
 * whose source is not there any more is left alone; a list that was left behind when the output was replaced by one of a
 * recipe without nulls is removed. Buffers a page of the listing.
 */
export async function* planFill(options: FillPlanOptions): AsyncGenerator<Planned> {
  const { destination, fingerprint, maySkip, signal, skipped, source } = options;
  const skipReason = skipReasonOf(options);
  for await (const page of skipped.list(signal)) {
    for (const listed of page) {
      const object = await source.head(listed.name, signal);
      const reason = object === undefined ? "gone" : skipReason(object);
      if (object === undefined || reason !== undefined) {
        yield { todo: "ignore", object: object ?? listed, reason: reason ?? "gone" };
        continue;
      }
      const output = await destination.head(listed.name, signal);
      if (!maySkip && isDone(object, output, fingerprint)) {
        await skipped.remove(listed.name, signal);
        yield { todo: "skip", object };
      } else yield { todo: "process", object, output };
    }
  }
}
