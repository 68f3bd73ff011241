import type { Io } from "./io.ts";
import { clearedLine, terminalLine } from "./terminal_line.ts";

/** How often the line is redrawn, in milliseconds. */
const drawMs = 200;

/** On a terminal, one line on standard error that is redrawn; messages appear above it. */
export class ProgressLine implements Disposable {
  readonly #io: Io;
  readonly #isShown: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isDrawn = false;

  constructor(io: Io, { quiet }: { readonly quiet: boolean }) {
    this.#io = io;
    this.#isShown = io.stderrIsTerminal && !quiet;
  }

  /** Starts drawing what `text` returns; of parts, those that the terminal has room for. */
  show(text: () => string | readonly string[]): void {
    if (!this.#isShown) return;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      (this.#io.control ?? this.#io.stderr)(terminalLine(text()));
      this.#isDrawn = true;
    }, drawMs);
  }

  /** Writes a line that stays on the screen. */
  say(message: string): void {
    this.#clear();
    this.#io.stderr(`${message}\n`);
  }

  /** Removes the line. */
  end(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #clear(): void {
    if (this.#isDrawn) (this.#io.control ?? this.#io.stderr)(clearedLine);
    this.#isDrawn = false;
  }
}
