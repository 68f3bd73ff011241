/**
 * How much a term needs beside its letters. `plain`: nothing. `short`: up to three letters, a capital letter.
 * `everyday`: made of words of the dictionary, a capital letter where it says something. `common`: a word of daily
 * speech or a number, a place that speaks for a name.
 */
export type TermClass = "plain" | "short" | "everyday" | "common";

/** A spelling of a term, ready to be compared. */
export interface TermEntry {
  readonly termId: string;
  /** The term as it was given. */
  readonly term: string;
  /** The term as a reader sees it, with the signs of a keyboard: what is an exact match. */
  readonly written: string;
  /** The spelling's words, folded. */
  readonly words: readonly string[];
  /** The words run together: what texts are compared with. */
  readonly letters: string;
  /** The digits of the term in their order; these are never misspelled. */
  readonly digits: string;
  /** How many edits a misspelling may have: 0 to 2. */
  readonly maxEdits: number;
  readonly termClass: TermClass;
  /** The spelling leaves out `The`, `and` or initials. */
  readonly isAlias: boolean;
  /** A comma or the like stands in the term, so that it may stand in the text. */
  readonly hasBreak: boolean;
  /** How many units of `written` come before its first word. */
  readonly lead: number;
  /** It has letters of a script that does not part words by blanks, or of Hangul, so that it may stand within a word. */
  readonly mayBeWithin: boolean;
  /** How many words of the spelling begin with a capital letter in the term. */
  readonly capitals: number;
}
