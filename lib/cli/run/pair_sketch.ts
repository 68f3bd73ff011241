import { dirname } from "node:path";
import { reasonOf } from "../../errors/sluice_error.ts";
import { CountMinSketch } from "../../shortcuts/count_min_sketch.ts";
import type { Tell } from "../../text/tell.ts";

export interface PairSketchOptions {
  /** Where the counts of earlier runs are, and those of this one go. */
  readonly path: string;
  /** Size of the sketch. */
  readonly bytes: number;
  readonly tell: Tell;
  /** How often they are saved, in milliseconds; by default only at the end. */
  readonly everyMs?: number;
}

/**
 * How many records had which pair, in this run and the earlier ones: a sketch in a file. If the file cannot be read, the
 * counts start from zero; if it cannot be written, that is reported. Either way some pairs count as rare for longer. If two
 * processes save at once, the last one's counts stay.
 */
export class PairSketch implements Disposable {
  readonly sketch: CountMinSketch;
  readonly #options: PairSketchOptions;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: PairSketchOptions) {
    this.#options = options;
    this.sketch = this.#read() ?? new CountMinSketch(options.bytes);
    const { everyMs } = options;
    this.#timer = everyMs === undefined ? undefined : setInterval(() => this.save(), everyMs);
  }

  /** Never throws. */
  save(): void {
    const { path, tell } = this.#options;
    const temporary = `${path}.${crypto.randomUUID()}.sluice-tmp`;
    try {
      Deno.mkdirSync(dirname(path), { recursive: true });
      try {
        Deno.writeFileSync(temporary, this.sketch.toBytes());
        Deno.renameSync(temporary, path);
      } catch (error) {
        removeIfThere(temporary);
        throw error;
      }
    } catch (error) {
      tell(`Cannot save the counts of pairs in ${path}: ${reasonOf(error)}`);
    }
  }

  /** Saves them a last time. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.save();
  }

  #read(): CountMinSketch | undefined {
    const { bytes, path, tell } = this.#options;
    let why: string;
    try {
      const sketch = CountMinSketch.from(Deno.readFileSync(path), bytes);
      if (sketch !== undefined) return sketch;
      why = "not a sketch file, or a different size";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      why = reasonOf(error);
    }
    tell(`Continuing without the counts of earlier runs: Cannot use ${path}: ${why}`);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was not written.
  }
}
