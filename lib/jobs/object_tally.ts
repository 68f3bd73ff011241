import type { ObjectTotals } from "../telemetry/snapshot.ts";
import type { Outcome } from "./plan.ts";

/** Objects that are remembered because they failed or were left, and skipped ones, at most; of each. */
const maxRememberedObjects = 10_000;

/**
 * Counts objects, each once however often it is tried: one that failed and is processed later counts as processed, and no
 * longer as failed. Remembers the last 10,000 that are not finished, so that memory does not grow with time: one that
 * is tried again after that counts as another object.
 */
export class ObjectTally {
  readonly totals: ObjectTotals = { found: 0, skipped: 0, done: 0, failed: 0, gone: 0, ignored: 0 };
  readonly #unfinished = new Map<string, "failed" | "left">();
  readonly #ignored = new Set<string>();
  #failedAttempts = 0;

  /** Attempts that failed; several may be at one object. */
  get failedAttempts(): number {
    return this.#failedAttempts;
  }

  /** Objects found and neither finished nor left alone yet. */
  get remaining(): number {
    const { found, skipped, done, failed, gone, ignored } = this.totals;
    return found - skipped - done - failed - gone - ignored;
  }

  /** Whether the last attempt at this object failed. */
  hasFailed(name: string): boolean {
    return this.#unfinished.get(name) === "failed";
  }

  /** Counts an object that the source holds, when it is found; again when it is found again. */
  find(name: string): void {
    if (!this.#unfinished.has(name)) this.totals.found++;
  }

  /** Counts what became of an object that was found. */
  end(name: string, outcome: Exclude<Outcome, "ignored">): void {
    const hadFailed = this.hasFailed(name);
    if (outcome === "left" && hadFailed) return;
    this.#unfinished.delete(name);
    if (hadFailed) this.totals.failed--;
    if (outcome === "failed") this.#failedAttempts++;
    if (outcome !== "left") this.totals[outcome]++;
    if (outcome !== "failed" && outcome !== "left") return;
    this.#unfinished.set(name, outcome);
    if (this.#unfinished.size > maxRememberedObjects) {
      this.#unfinished.delete(this.#unfinished.keys().next().value!);
    }
  }

  /** Counts an object that was found and is not processed, by its name or its kind; whether it was not counted before. */
  ignore(name: string): boolean {
    if (this.hasFailed(name)) this.totals.failed--;
    this.#unfinished.delete(name);
    if (this.#ignored.has(name)) {
      this.totals.found--; // found again, and counted already
      return false;
    }
    if (this.#ignored.size < maxRememberedObjects) this.#ignored.add(name);
    this.totals.ignored++;
    return true;
  }
}
