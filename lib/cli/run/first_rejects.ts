import type { Reject, RejectReason } from "../../records/batch.ts";

/** Says of each reason for which lines are no records where it was met first: the counts say how often. */
export class FirstRejects {
  readonly #say: (message: string) => void;
  readonly #said = new Set<RejectReason>();

  constructor(say: (message: string) => void) {
    this.#say = say;
  }

  /** @param address Of the object or file that the lines are in. */
  add(address: string, rejects: readonly Reject[]): void {
    for (const { line, reason } of rejects) {
      if (this.#said.has(reason)) continue;
      this.#said.add(reason);
      this.#say(`Cannot take line ${line} of ${address} as a record: ${reason}`);
    }
  }
}
