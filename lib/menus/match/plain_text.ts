/** A text as a reader sees it, and where its characters stand in the text as it was given. */
export interface PlainText {
  readonly text: string;
  /** Where each unit of it begins in the text as it was given; undefined if both are the same. */
  readonly starts?: readonly number[];
  /** Where each unit of it ends there. */
  readonly ends?: readonly number[];
}
