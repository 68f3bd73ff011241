import { questionOverheadBytes } from "../answers/question_queue.ts";
import { DistinctKeys, type DistinctKeysOptions } from "./distinct_keys.ts";
import type { StrategyCount } from "./strategy.ts";

export interface LookedUpKeysOptions extends DistinctKeysOptions {
  /** What the cache answers to keys, in their order. */
  readonly read: (keys: readonly string[]) => Promise<readonly (number | undefined)[]>;
}

/** What is known of a key that came. */
export interface Sighting {
  /** Whether it came for the first time; `undefined` where there are too many keys to tell. */
  readonly isNew: boolean | undefined;
  /** Of a new key: what the cache answers. */
  readonly answer: number | undefined;
}

const encoder = new TextEncoder();

/** Distinct keys, each of which is looked up when it comes first; memory is bounded as that of {@linkcode DistinctKeys}. */
export class LookedUpKeys {
  readonly keys: DistinctKeys;
  readonly #read: LookedUpKeysOptions["read"];
  #questions = 0;
  #bytes = 0;

  constructor(options: LookedUpKeysOptions) {
    this.#read = options.read;
    this.keys = new DistinctKeys(options);
  }

  /** Takes keys in, and looks up the new ones in one round trip; says what is known of each, in their order. */
  async add(keys: readonly string[]): Promise<Sighting[]> {
    const isNew = keys.map((key) => this.keys.add(key));
    const fresh = keys.filter((_, i) => isNew[i]);
    const answers = fresh.length === 0 ? [] : await this.#read(fresh);
    fresh.forEach((key, i) => {
      if (answers[i] !== undefined) return this.keys.setKnown(key, answers[i]);
      this.#questions++;
      this.#bytes += encoder.encode(key).length + questionOverheadBytes;
    });
    let at = 0;
    return isNew.map((isNew) => ({ isNew, answer: isNew ? answers[at++] : undefined }));
  }

  count(): StrategyCount {
    const { distinct, known, relativeError } = this.keys;
    return {
      distinct,
      known,
      relativeError,
      questionBytes: this.#questions === 0 ? 0 : this.#bytes / this.#questions,
    };
  }
}
