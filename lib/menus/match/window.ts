import type { FieldStyle } from "./evidence.ts";
import type { Token } from "./fold.ts";

/** A run of a field's words. */
export interface Window {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** All words of the field run together. */
  readonly letters: string;
  /** Which words are in no dictionary. */
  readonly unknown: readonly boolean[];
  readonly style: FieldStyle;
  readonly first: number;
  readonly last: number;
  readonly crossesBreak: boolean;
}
