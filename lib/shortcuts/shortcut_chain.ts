import type { Claim } from "../answers/claim.ts";
import type { SharingStats, Shortcut, Taken } from "../answers/shortcut.ts";

/**
 * Several shortcuts as one: the first that takes a question decides. The later ones still see the question, as they may
 * count it.
 */
export class ShortcutChain implements Shortcut {
  readonly #shortcuts: readonly Shortcut[];

  constructor(shortcuts: readonly Shortcut[]) {
    this.#shortcuts = shortcuts;
  }

  recall(key: string): ReturnType<NonNullable<Shortcut["recall"]>> {
    for (const shortcut of this.#shortcuts) {
      const recalled = shortcut.recall?.(key);
      if (recalled !== undefined) return recalled;
    }
  }

  take(claim: Claim): Taken | undefined {
    return this.#shortcuts.map((shortcut) => shortcut.take(claim)).find((taken) => taken !== undefined);
  }

  asked(claim: Claim): void {
    for (const shortcut of this.#shortcuts) shortcut.asked?.(claim);
  }

  found(key: string, answer: number): void {
    for (const shortcut of this.#shortcuts) shortcut.found?.(key, answer);
  }

  answered(key: string, answer: number): void {
    for (const shortcut of this.#shortcuts) shortcut.answered?.(key, answer);
  }

  share(key: string, answer: number): boolean {
    return this.#shortcuts.some((shortcut) => shortcut.share?.(key, answer) === true);
  }

  failed(key: string): void {
    for (const shortcut of this.#shortcuts) shortcut.failed?.(key);
  }

  stats(): SharingStats | undefined {
    for (const shortcut of this.#shortcuts) {
      const stats = shortcut.stats?.();
      if (stats !== undefined) return stats;
    }
  }
}
