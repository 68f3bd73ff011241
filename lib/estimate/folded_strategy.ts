import { decodeKey } from "../recipe/key.ts";
import { type Normalization, recipeKey } from "../recipe/recipe.ts";
import { LookedUpKeys, type LookedUpKeysOptions } from "./looked_up_keys.ts";
import type { Pair, Strategy, StrategyCount } from "./strategy.ts";

export interface FoldedStrategyOptions extends LookedUpKeysOptions {
  readonly normalize: Normalization;
  /** A key of more UTF-8 bytes fits no call, and is not asked about. */
  readonly maxKeyBytes: number;
}

const encoder = new TextEncoder();

/**
 * Asks once about pairs that are equal when they are folded. Which of them would get another answer follows from the
 * cache: from the folded question's answer, else from that of the first of the pairs.
 */
export class FoldedStrategy implements Strategy {
  readonly name: string;
  readonly #options: FoldedStrategyOptions;
  readonly #found: LookedUpKeys;
  #compared = 0;
  #changed = 0;
  #workMs = 0;

  constructor(options: FoldedStrategyOptions) {
    this.name = `--normalize ${options.normalize}`;
    this.#options = options;
    this.#found = new LookedUpKeys(options);
  }

  async add(pairs: readonly Pair[]): Promise<void> {
    const started = performance.now();
    const folded: string[] = [];
    /** What those of the pairs that have an answer are asked as. */
    const answered: [key: string, answer: number][] = [];
    for (const { answer, isNew, key } of pairs) {
      // A pair that came before is folded to what came before.
      if (isNew === false) continue;
      const question = this.#fold(key);
      if (encoder.encode(question).length > this.#options.maxKeyBytes) continue;
      folded.push(question);
      if (answer !== undefined) answered.push([question, answer]);
    }
    this.#workMs += performance.now() - started;
    await this.#found.add(folded);
    const { keys } = this.#found;
    for (const [question, answer] of answered) {
      const given = keys.answer(question);
      if (given === undefined) keys.setLikely(question, answer);
      else {
        this.#compared++;
        if (given !== answer) this.#changed++;
      }
    }
  }

  count(): StrategyCount {
    return {
      ...this.#found.count(),
      answers: { compared: this.#compared, changed: this.#changed },
      workSeconds: this.#workMs / 1000,
    };
  }

  #fold(key: string): string {
    const { company, title } = decodeKey(key);
    return recipeKey(company, title, this.#options);
  }
}
