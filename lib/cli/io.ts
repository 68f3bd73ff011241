/** The standard streams and the signal that a command is called with. */
export interface Io {
  /** Writes to standard output, as given: no newline is added. */
  readonly stdout: (text: string) => void;
  /** Writes to standard error, as given. */
  readonly stderr: (text: string) => void;
  /** Standard input. */
  readonly stdin: ReadableStream<Uint8Array<ArrayBuffer>>;
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
