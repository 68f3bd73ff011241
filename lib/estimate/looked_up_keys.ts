import { questionOverheadBytes } from "../answers/question_queue.ts";
import { DistinctKeys, type DistinctKeysOptions } from "./distinct_keys.ts";
import type { StrategyCount } from "./strategy.ts";

export interface LookedUpKeysOptions extends DistinctKeysOptions {
  /** Looks keys up in the cache; answers in their order. */
  readonly read: (keys: readonly string[]) => Promise<readonly (number | undefined)[]>;
}

/** The result of looking up a key. */
interface KeyLookup {
  /** Whether it is the first time; undefined if there are too many keys to know. */
  readonly isNew: boolean | undefined;
  /** Of a new key: its cached answer. */
  readonly answer: number | undefined;
}

const encoder = new TextEncoder();

/** Distinct keys, each looked up in the cache once. Memory is bounded as in {@linkcode DistinctKeys}. */
export class LookedUpKeys {
  readonly keys: DistinctKeys;
  readonly #read: LookedUpKeysOptions["read"];
  #questions = 0;
  #bytes = 0;

  constructor(options: LookedUpKeysOptions) {
    this.#read = options.read;
    this.keys = new DistinctKeys(options);
  }

  /** Adds keys, and looks up the new ones in one round trip; resolves to the results in the keys' order. */
  async add(keys: readonly string[]): Promise<KeyLookup[]> {
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
