import { reasonOf } from "../errors/sluice_error.ts";

/** Some parts of a piece of work have failed; `cause` is why the first one did. */
export class FailedParts<T> extends Error {
  override readonly name = "FailedParts";
  /** What was done nevertheless. */
  readonly done: T;

  constructor(cause: unknown, done: T) {
    super(reasonOf(cause), { cause });
    this.done = done;
  }
}

/**
 * Waits for all parts of a piece of work.
 *
 * @param done Returns what was done; called when some parts have failed.
 * @throws {FailedParts} Some have failed, or all.
 */
export async function settleParts<T>(parts: readonly Promise<unknown>[], done: () => T): Promise<void> {
  const ended = await Promise.allSettled(parts);
  const failure = ended.find((end) => end.status === "rejected");
  if (failure !== undefined) throw new FailedParts(failure.reason, done());
}
