import process from "node:process";

const sampleMs = 250;

/**
 * The largest resident memory of this process, in bytes. Linux counts for a process what its parent held when it was
 * started, too: as long as the process has not passed that, samples are taken instead, four a second.
 */
export class PeakMemory implements Disposable {
  readonly #inherited = maxBytes();
  #sampled = Deno.memoryUsage().rss;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    // Deno before 2.9 does not report the peak.
    if (this.#inherited > 0 && this.#inherited < 1.5 * this.#sampled) return;
    this.#timer = setInterval(() => this.#sample(), sampleMs);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  get bytes(): number {
    this.#sample();
    const max = maxBytes();
    return max > this.#inherited ? max : this.#sampled;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#sampled = Math.max(this.#sampled, Deno.memoryUsage().rss);
  }
}

/** What the system says; 0 where it cannot. */
function maxBytes(): number {
  return process.resourceUsage ? process.resourceUsage().maxRSS * 1024 : 0;
}
