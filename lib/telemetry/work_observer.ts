import type { ObjectCounts } from "../records/batch.ts";

/** An object that is processed, or a request that is answered. */
export interface Work {
  readonly name: string;
  /** Size as stored, where it is known. */
  readonly bytes?: number;
}

/**
 * How a piece of work ended: `skipped` if another process had done it meanwhile, `gone` if the object no longer exists,
 * `ignored` if it turned out to hold no records, `left` if the process was stopped first, `again` if it is started over.
 */
export type WorkOutcome = "done" | "skipped" | "gone" | "ignored" | "failed" | "left" | "again";

/** Sees pieces of work begin and end. */
export interface WorkObserver {
  /** Called at the start, and each time the work is started over. `counts` grows while the work continues. */
  begun(work: Work, counts: ObjectCounts): void;
  /** Called at the end; `counts` no longer changes. */
  ended(work: Work, counts: ObjectCounts, outcome: WorkOutcome): void;
}
