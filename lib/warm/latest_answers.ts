import { objectTime } from "../jobs/plan.ts";
import { compareNames, type StoredObject } from "../stores/store.ts";

export interface LatestAnswersOptions {
  /** Pairs that are held at once. */
  readonly maxPairs: number;
}

/** A pair has more than one answer; which one counts does not depend on the order in which objects are read. */
interface Held {
  answer: number;
  object: StoredObject;
  hasOthers: boolean;
}

/**
 * One answer for each pair out of objects that may differ: the latest object's counts, by the unix time that its name
 * begins with, else by its date, of equals the last one by name; within an object, the last line's.
 */
export class LatestAnswers {
  /** Pairs that have different answers. */
  conflicts = 0;
  readonly #maxPairs: number;
  readonly #held = new Map<string, Held>();

  constructor({ maxPairs }: LatestAnswersOptions) {
    this.#maxPairs = maxPairs;
  }

  get size(): number {
    return this.#held.size;
  }

  /** @throws {Error} There are more pairs than `maxPairs`. */
  add(key: string, answer: number, object: StoredObject): void {
    const held = this.#held.get(key);
    if (held === undefined) {
      if (this.#held.size >= this.#maxPairs) {
        throw new Error(
          `Cannot hold more than ${this.#maxPairs} pairs: take fewer objects by --include, --exclude, --since or ` +
            `--until, or more memory by --max-pairs`,
        );
      }
      this.#held.set(key, { answer, object, hasOthers: false });
      return;
    }
    if (held.answer !== answer && !held.hasOthers) {
      held.hasOthers = true;
      this.conflicts++;
    }
    if (held.object === object || isLater(object, held.object)) {
      held.answer = answer;
      held.object = object;
    }
  }

  *entries(): Generator<readonly [key: string, answer: number]> {
    for (const [key, { answer }] of this.#held) yield [key, answer];
  }
}

function isLater(a: StoredObject, b: StoredObject): boolean {
  const seconds = objectTime(a) - objectTime(b);
  return seconds > 0 || (seconds === 0 && compareNames(a.name, b.name) > 0);
}
