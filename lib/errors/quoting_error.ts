import { SluiceError, type SluiceErrorOptions } from "./sluice_error.ts";

export interface QuotingErrorOptions extends SluiceErrorOptions {
  /** What stands in place of the subject and the reason for readers who must not see the data. */
  readonly unquoted: Partial<Pick<SluiceErrorOptions, "subject" | "reason">>;
}

/** A failure whose message quotes what came in, for the owners of that data. */
export class QuotingError extends SluiceError {
  override readonly name: string = "QuotingError";
  /** The message without what it quotes, for everyone else. */
  readonly unquoted: string;

  constructor(options: QuotingErrorOptions) {
    super(options);
    this.unquoted = new SluiceError({ ...options, ...options.unquoted }).message;
  }
}
