import type { Answer, ShortcutOrigin } from "../records/batch.ts";
import type { Claim } from "./claim.ts";

/** What becomes of a question that a shortcut takes. */
export type Taken =
  /** It is answered at once, or skipped. */
  | { readonly origin: ShortcutOrigin; readonly answer: Answer }
  /** It waits for the answer to another question, which is being asked. */
  | { readonly origin: ShortcutOrigin; readonly leader: Claim };

/**
 * An option that asks the model less often. Off by default. A shortcut is consulted for keys that are neither in
 * memory nor in the cache. Its answers are not the model's: they never reach the cache.
 *
 * A shortcut implements what it needs; only `take` is required. All methods are synchronous and never throw.
 */
export interface Shortcut {
  /** An answer that the shortcut has given for the key before. Called for each key that is not claimed yet. */
  recall?(key: string): { readonly origin: ShortcutOrigin; readonly answer: Answer } | undefined;
  /** Takes a question, or returns `undefined` if it has to be asked. Called once for each question. */
  take(claim: Claim): Taken | undefined;
  /** Called right after `take`, when no shortcut has taken the question. */
  asked?(claim: Claim): void;
  /** Called when the cache had the answer. */
  found?(key: string, answer: number): void;
  /** Called when the model has answered, before the answer is shared with those that wait for it. */
  answered?(key: string, answer: number): void;
  /**
   * Called for each question that has waited for another one's answer. If it returns false, the question is asked after
   * all.
   */
  share?(key: string, answer: number): boolean;
  /** Called when the question got no answer. */
  failed?(key: string): void;
  /** How well shared answers agree; `undefined` if the shortcut shares none. */
  stats?(): SharingStats | undefined;
}

/** How well the answers agree that similar questions share. */
export interface SharingStats {
  /** Questions share an answer from this similarity on; `null` while none do. */
  readonly threshold: number | null;
  /** Pairs of similar questions that were asked in order to compare, and how many of them had the same answer. */
  readonly sample: number;
  readonly agreed: number;
  /** A lower bound of the share that agrees, 0 to 1, which the sample shows. */
  readonly agreement: number;
  /** How often sharing has stopped. */
  readonly stops: number;
}
