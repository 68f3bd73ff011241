/** A word of a text, folded, and where it stands in the text. Offsets are in UTF-16 units. */
export interface Token {
  /** The word as it is compared: lower case, no accents, no apostrophes. Never empty. */
  readonly text: string;
  /** Where the word begins in the text. */
  readonly start: number;
  /** Where the word ends, behind its last letter or digit. */
  readonly end: number;
  /** Where the word ends without its `'s`; equal to `end` where it has none. */
  readonly stemEnd: number;
  /** Its first letter or digit is a capital letter. */
  readonly capital: boolean;
  /** It has capital letters and no small ones. */
  readonly upper: boolean;
  /** It has small letters and no capital ones. */
  readonly lower: boolean;
  /** It has a digit. */
  readonly digits: boolean;
  /** A comma, the end of a sentence or the like stands between the word before and this one. */
  readonly afterBreak: boolean;
  /** It begins a sentence, or the text. */
  readonly startsSentence: boolean;
}
