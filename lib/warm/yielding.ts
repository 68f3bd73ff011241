import type { EndedCall } from "../answers/caller.ts";

/** How many calls are remembered: the fastest shows how long the model takes without other clients. */
const rememberedCalls = 100;
/** A call of more than so many times the shortest one's length has waited for others. */
const tolerance = 2;
/** Shorter calls say nothing about other load on the model, in seconds. */
const leastSeconds = 0.05;
/** How many times as long as a call has waited the model is left to others. */
const restTimes = 4;
/** The longest rest, in seconds. */
const maxRestSeconds = 60;

/**
 * How long to pause for the sake of other clients, judged by how slow the model is: an overloaded model queues its
 * calls, so a call that takes far longer than the fastest of the last 100 has waited behind those of others. (What
 * LEDBAT does for downloads in the background.) Of calls that are under way at once, some may be one's own: then it
 * slows down to what the model can do. A call that fails says nothing: it is retried with delays of its own.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { Yielding } from "./yielding.ts";
 *
 * const yielding = new Yielding();
 * const rests = [1, 1.5, 6].map((seconds) => yielding.after({ questions: 1_000, seconds, hasFailed: false }));
 * assertEquals(rests, [0, 0, 20]);
 * assertEquals(yielding.seconds, 20);
 * ```
 */
export class Yielding {
  /** All rests, added up; those that overlap count twice. */
  seconds = 0;
  /** Seconds of the last calls that were as full as any. */
  #lengths: number[] = [];
  #mostQuestions = 0;

  /** Seconds to begin no call for, after a call that has ended. */
  after({ hasFailed, questions, seconds }: EndedCall): number {
    const rest = hasFailed ? 0 : this.#restAfter(questions, seconds);
    this.seconds += rest;
    return rest;
  }

  #restAfter(questions: number, seconds: number): number {
    // A call of few questions is short by itself, and would make all others look slow.
    if (questions * 2 < this.#mostQuestions) return 0;
    if (questions > 2 * this.#mostQuestions) this.#lengths = [];
    this.#mostQuestions = Math.max(this.#mostQuestions, questions);
    this.#lengths.push(seconds);
    if (this.#lengths.length > rememberedCalls) this.#lengths.shift();
    const least = Math.max(leastSeconds, Math.min(...this.#lengths));
    if (seconds <= tolerance * least) return 0;
    return Math.min(maxRestSeconds, restTimes * (seconds - least));
  }
}
