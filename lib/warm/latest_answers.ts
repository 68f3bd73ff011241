import { SluiceError } from "../errors/sluice_error.ts";
import { objectTime } from "../jobs/object_time.ts";
import { compareNames, type StoredObject } from "../stores/store.ts";
import { plural } from "../text/format.ts";

export interface LatestAnswersOptions {
  /** Pairs held at once, at most. */
  readonly maxPairs: number;
}

/** The answer of a pair so far. The result does not depend on the order in which objects are read. */
interface Held {
  answer: number;
  object: StoredObject;
  hasOthers: boolean;
}

/**
 * One answer for each pair, from objects whose answers may differ. The latest object wins, by the Unix time that its name
 * begins with, else by its modification date, else by name; within an object, the last line wins.
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

  /** @throws {SluiceError} `limit`: there are more pairs than `maxPairs`. */
  add(key: string, answer: number, object: StoredObject): void {
    const held = this.#held.get(key);
    if (held === undefined) {
      if (this.#held.size >= this.#maxPairs) {
        throw new SluiceError({
          kind: "limit",
          action: "hold more than",
          subject: plural(this.#maxPairs, "pair"),
          reason: "choose fewer objects with --include, --exclude, --since or --until, or raise --max-pairs",
        });
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
