import type { Recipe } from "../../recipe/recipe.ts";
import type { ObjectCounts, Reject, RejectReason } from "../../records/batch.ts";
import { count } from "../../text/format.ts";
import { firstReject, firstRejectText } from "../../records/rejects.ts";

/** Says of each reason for which lines are no records where it was met first: the counts say how often. */
export class FirstRejects {
  readonly #say: (message: string) => void;
  readonly #said = new Set<RejectReason>();

  constructor(say: (message: string) => void) {
    this.#say = say;
  }

  /** Says which fields of the question records lack, once all are read. */
  end({ blank, fieldFaults, in: lines }: ObjectCounts, recipe: Recipe): void {
    const faults = fieldFaults.text(lines - blank, recipe);
    if (faults !== undefined) this.#say(`Cannot take some records: ${faults}`);
  }

  /** @param address Of the object or file that the lines are in. */
  add(address: string, rejects: readonly Reject[]): void {
    for (const reject of rejects) {
      if (this.#said.has(reject.reason)) continue;
      this.#said.add(reject.reason);
      this.#say(
        `Cannot take line ${count(reject.line)} of ${address} as a record: ${
          firstRejectText(firstReject(reject))
        }`,
      );
    }
  }
}
