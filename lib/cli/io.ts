/** The standard streams and the signal that a command is called with. */
export interface Io {
  /** Writes data to standard output, as given: no newline is added. */
  readonly stdout: (text: string) => void;
  /** Writes messages to standard error; a command gets one that spells control characters out. */
  readonly stderr: (text: string) => void;
  /** Writes to standard error what steers a terminal: colors, a line that is drawn again. Defaults to `stderr`. */
  readonly control?: (text: string) => void;
  /** Writes to standard output what people read; see `print()`. */
  readonly print?: (text: string) => void;
  /** Standard input. */
  readonly stdin: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Standard output for bytes, which waits for its reader; absent where there is none for them. */
  readonly stdoutBytes?: WritableStream<Uint8Array<ArrayBuffer>>;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Aborted with a {@linkcode Stop} when the user asks the command to stop. */
  readonly signal: AbortSignal;
}

/** Why a command was stopped. */
export class Stop extends Error {
  override readonly name = "Stop";
  readonly by: "SIGINT" | "SIGTERM";

  constructor(by: "SIGINT" | "SIGTERM") {
    super(`Stopped by ${by}`);
    this.by = by;
  }
}
