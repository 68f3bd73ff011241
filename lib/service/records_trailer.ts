import type { Recipe } from "../recipe/recipe.ts";
import type { ObjectCounts, Reject } from "../records/batch.ts";
import { rejectLine } from "../records/rejects.ts";

/** Rejects that the trailer lists; all are counted. */
const maxNamed = 1_000;
/** UTF-16 units of their JSON, all together: the memory that a request may keep for its rejects. */
const maxTextLength = 1024 ** 2;

/**
 * Builds the last line of an answer: `{"sluice":{"in":…,"out":…,"rejected":…,"blank":…,"reasons":{…},"rejects":[…]}}`, with
 * the line number, reason and text of the first 1,000 rejects, up to 1 MiB; where records lack a field of the question,
 * `fieldFaults` says which, and which fields they have. HTTP has trailers, but browsers and most
 * clients do not expose them; and a header would have to be sent before the first record is read.
 */
export class RecordsTrailer {
  readonly #named: unknown[] = [];
  #length = 0;
  /** The first reject that does not fit ends the list, so that it has no gaps. */
  #isFull = false;

  add(rejects: readonly Reject[]): void {
    for (const reject of rejects) {
      if (this.#isFull || this.#named.length >= maxNamed) return;
      const { object: _, ...named } = JSON.parse(rejectLine("", reject));
      const length = JSON.stringify(named).length;
      if (this.#length + length > maxTextLength) {
        this.#isFull = true;
        return;
      }
      this.#length += length;
      this.#named.push(named);
    }
  }

  /** @param recipe Its fields' flags are named where records lack a field. */
  line(counts: ObjectCounts, recipe?: Recipe): string {
    const { in: lines, out, rejected, blank, reasons } = counts;
    const fieldFaults = recipe && counts.fieldFaults.text(lines - blank, recipe);
    const sluice = {
      ...{ in: lines, out, rejected, blank, reasons },
      ...(fieldFaults === undefined ? {} : { fieldFaults }),
      rejects: this.#named,
    };
    return `${JSON.stringify({ sluice })}\n`;
  }
}
