/** A failure whose message quotes what came in, for the people whose data it is. */
export class QuotingError extends Error {
  override readonly name = "QuotingError";
  /** The message without what it quotes, for everybody else. */
  readonly unquoted: string;

  constructor(message: string, unquoted: string) {
    super(message);
    this.unquoted = unquoted;
  }
}
