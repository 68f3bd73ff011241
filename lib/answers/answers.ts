import { LRUCache } from "lru-cache";
import type { Cache } from "../caches/cache.ts";
import type { Model } from "../models/model.ts";
import type { Tell } from "../text/tell.ts";
import type { EndedCall } from "./caller.ts";
import { Claim, type ClaimedBatch } from "./claim.ts";
import type { Coordinator, SharedClaimState } from "./coordinator.ts";
import { CoordinatedKeys } from "./coordinated_keys.ts";
import { HeldElsewhere } from "./held_elsewhere.ts";
import { ObjectAnswers } from "./object_answers.ts";
import type { KeyCounts } from "./key_counts.ts";
import { AnswerMemory } from "./answer_memory.ts";
import type { AgreementStats } from "../shortcuts/agreement.ts";
import type { NearTitles } from "../shortcuts/near_titles.ts";
import { QuestionQueue } from "./question_queue.ts";
import type { RarePairs } from "../shortcuts/rare_pairs.ts";
import { InFlightBudget } from "./in_flight_budget.ts";
import { type Settings, whole } from "../settings/setting.ts";

/** When to stop asking. */
export const answersSettings = {
  maxQuestions: whole({
    help: "Stop asking after so many questions and leave the rest undone (exit 1)",
    min: 0,
    max: 1e12,
  }),
} satisfies Settings;

export interface AnswersOptions {
  readonly cache: Cache;
  readonly model: Model;
  /** Calls a second at most, those of the whole fleet where there is one; `Infinity` for no limit. */
  readonly callsPerSecond: number;
  /** The other processes that work for the same model and cache. */
  readonly fleet?: Coordinator;
  readonly maxInFlightCalls: number;
  readonly maxCallQuestions: number;
  readonly maxCallBytes: number;
  /** In seconds. */
  readonly modelPatience: number;
  readonly maxRefusals: number;
  /** Size of all batches in flight. */
  readonly maxInFlightBytes: number;
  /** Size of the answers kept in memory, in bytes, roughly. */
  readonly memoryCacheBytes: number;
  /** Objects that are read at once. */
  readonly objects: number;
  /** Objects that are read or wait for answers at once. */
  readonly maxOpenObjects: number;
  /** Questions asked at most. */
  readonly maxQuestions: number;
  /** Finds titles that share an answer; none do unless told. */
  readonly nearTitles?: NearTitles;
  /** Says which questions are not asked, since they are rare; all are unless told. */
  readonly rarePairs?: RarePairs;
  /** Whether batches are told where their answers came from. */
  readonly tellsOrigins?: boolean;
  /** For sources that never end: how long a question waits for others to share its call, at most, in seconds. */
  readonly linger?: number;
  /** Told when the cache or the model fails, and when it works again. */
  readonly onTrouble: Tell;
  /** Told of each call that has ended, retries among them. */
  readonly onCall?: (call: EndedCall) => void;
  /** For how long no call is begun after one that has ended, in seconds: for who gives way to others. */
  readonly restAfter?: (call: EndedCall) => number;
  readonly signal: AbortSignal;
}

/** Refused questions that are remembered, so that they are not asked again. */
const maxRefusedKeys = 100_000;

/** The process has asked as many questions as it may. */
export class QuestionLimitError extends Error {
  override readonly name = "QuestionLimitError";
}

/**
 * The heart: answers for all objects of a process. A key is claimed before the cache is read, at once; whoever needs
 * it meanwhile waits for the same claim. So a key that is in the cache or on its way is not asked again.
 */
export class Answers {
  /** Of all objects together. */
  readonly counts: KeyCounts = { seen: 0, local: 0, hits: 0, asked: 0 };
  readonly #options: AnswersOptions;
  readonly #memory: AnswerMemory;
  readonly #queue: QuestionQueue;
  readonly #budget: InFlightBudget;
  readonly #claims = new Map<string, Claim>();
  readonly #objects = new Set<ObjectAnswers>();
  readonly #fleet: CoordinatedKeys | undefined;
  readonly #elsewhere: HeldElsewhere | undefined;
  /** What the model has refused, as far as is remembered. */
  readonly #refusedKeys = new LRUCache<string, true>({ max: maxRefusedKeys });
  readonly #writes = new Set<Promise<void>>();
  /** Cache reads under way. */
  readonly #lookups = new Set<Promise<void>>();
  readonly #hasShortcuts: boolean;
  #willPump = false;
  #limitReached = false;

  constructor(options: AnswersOptions) {
    this.#options = options;
    const { cache, fleet, memoryCacheBytes, model, nearTitles, onTrouble, rarePairs, signal } = options;
    this.#hasShortcuts = nearTitles !== undefined || rarePairs !== undefined;
    if (fleet !== undefined) {
      const keys = this.#fleet = new CoordinatedKeys({ claims: fleet.claims, onTrouble, signal });
      const elsewhere = this.#elsewhere = new HeldElsewhere({
        fleet: keys,
        onFree: (claims, counted) => this.#beginLookUp(claims, counted, { isAgain: true }),
        onUnwanted: (claims, counted) => this.#giveUp(claims, counted, signal.reason ?? nobodyWaits()),
      });
      signal.addEventListener("abort", () => void elsewhere.close(), { once: true });
    }
    this.#memory = new AnswerMemory({ cache, range: model.range, memoryCacheBytes, onTrouble });
    const isEndless = options.linger !== undefined;
    this.#queue = new QuestionQueue({
      ...options,
      fleetRate: fleet?.rate,
      lingerMs: isEndless ? options.linger * 1000 : Infinity,
      refusalsForgottenMs: isEndless ? 3_600_000 : Infinity,
      isQuiet: () => this.#isQuiet(),
      keepsUnwanted: () => this.#limitReached,
      onAnswers: (claims, answers) => this.#answered(claims, answers),
      onRefused: (claims) => this.#refused(claims),
      onFailure: (claims, error) => this.#failed(claims, error),
    });
    this.#budget = new InFlightBudget({ ...options, onChange: () => this.#changed() });
  }

  get cacheStats(): Readonly<AnswerMemory["stats"]> {
    return this.#memory.stats;
  }

  get cacheIsDown(): boolean {
    return this.#memory.isDown;
  }

  /** How things stand with near titles; `undefined` where none share answers. */
  get nearTitles(): AgreementStats | undefined {
    return this.#options.nearTitles?.stats;
  }

  /** Whether batches are told where their answers came from. */
  get tellsOrigins(): boolean {
    return this.#options.tellsOrigins === true;
  }

  get callsUnderWay(): number {
    return this.#queue.callsUnderWay;
  }

  /** Whether calls fail, so that the model is only probed, or not asked for a while. */
  get modelIsDown(): boolean {
    return this.#queue.modelIsDown;
  }

  get modelStats(): Readonly<QuestionQueue["stats"]> {
    return this.#queue.stats;
  }

  /** Questions that wait for a call. */
  get questionsWaiting(): number {
    return this.#queue.length;
  }

  /** Whether a question was refused because `maxQuestions` have been asked. */
  get limitReached(): boolean {
    return this.#limitReached;
  }

  /**
   * Registers one more object's interest, when there is room for it; first come, first served.
   *
   * @throws The signal's reason.
   */
  async open(signal: AbortSignal = this.#options.signal): Promise<ObjectAnswers> {
    const objectAnswers = new ObjectAnswers(this, await this.#budget.open(signal));
    this.#objects.add(objectAnswers);
    return objectAnswers;
  }

  /** Registers an object's interest anew, at once: it has just given its place back. */
  reopen(): ObjectAnswers {
    const objectAnswers = new ObjectAnswers(this, this.#budget.openAtOnce(), { isAgain: true });
    this.#objects.add(objectAnswers);
    return objectAnswers;
  }

  /** Says that no more objects will be opened. */
  endOfObjects(): void {
    this.#budget.endOfObjects();
  }

  /** Waits for lookups and calls under way, whose answers are paid for, and for the cache's writes. */
  async close(): Promise<void> {
    await this.#elsewhere?.close();
    while (this.#lookups.size > 0) await Promise.all(this.#lookups);
    await this.#queue.close();
    await Promise.all(this.#writes);
    await this.#fleet?.close();
    await this.#memory.close();
  }

  /** For interests: fills the batch's slots with what is known here, and claims the rest. */
  claim(claimed: ClaimedBatch, objectAnswers: ObjectAnswers): void {
    const { keys, answers, origins } = claimed.batch;
    const unclaimed: Claim[] = [];
    const counted = [this.counts, objectAnswers.counts, claimed.counts];
    count(counted, "seen", keys.length);
    keys.forEach((key, slot) => {
      let claim = this.#claims.get(key);
      const isRefused = claim === undefined && this.#refusedKeys.has(key);
      const known = isRefused ? "refused" : claim === undefined ? this.#memory.recall(key) : claim.answer;
      if (known !== undefined) {
        answers[slot] = known;
        if (origins !== undefined) origins[slot] = "cache";
        return;
      }
      if (claim === undefined) {
        const shared = this.#options.nearTitles?.recall(key);
        if (shared !== undefined) {
          answers[slot] = shared;
          if (origins !== undefined) origins[slot] = "cluster";
          return;
        }
        claim = new Claim(key);
        this.#claims.set(key, claim);
        unclaimed.push(claim);
      }
      claim.wait(claimed, slot);
    });
    count(counted, "local", keys.length - unclaimed.length);
    claimed.settleIfWhole();
    if (unclaimed.length === 0) return;
    this.#beginLookUp(unclaimed, counted);
  }

  /** For interests: forgets one. */
  drop(objectAnswers: ObjectAnswers): void {
    this.#objects.delete(objectAnswers);
    this.#changed();
  }

  #beginLookUp(claims: readonly Claim[], counted: readonly KeyCounts[], { isAgain = false } = {}): void {
    const lookup = this.#lookUp(claims, counted, isAgain).then(() => {
      this.#lookups.delete(lookup);
      this.#changed();
    });
    this.#lookups.add(lookup);
  }

  /** @param isAgain They were looked up before, and no shortcut was found for them. */
  async #lookUp(claims: readonly Claim[], counted: readonly KeyCounts[], isAgain: boolean): Promise<void> {
    const missed = await this.#find(claims, counted);
    const takesShortcut = (claim: Claim) =>
      this.#hasShortcuts && !isAgain && this.#takesShortcut(claim, counted);
    if (this.#fleet === undefined || this.#limitReached || this.#options.signal.aborted) {
      // One by one: the next one may follow this one.
      for (const claim of missed) if (!takesShortcut(claim)) this.#ask(claim, counted);
      return;
    }
    const asked = missed.filter((claim) => !takesShortcut(claim));
    if (asked.length > 0) await this.#claimInFleet(this.#fleet, asked, counted);
  }

  /** Reads the cache; returns the claims whose answer it does not have. */
  async #find(claims: readonly Claim[], counted: readonly KeyCounts[]): Promise<Claim[]> {
    const answers = await this.#memory.read(claims.map(({ key }) => key), this.#options.signal);
    return claims.filter((claim, index) => {
      const answer = answers[index];
      if (answer === undefined) return true;
      count(counted, "hits", 1);
      this.#claims.delete(claim.key);
      this.#memory.remember(claim.key, answer);
      this.#options.nearTitles?.known(claim.key, answer);
      claim.settle(answer, "cache");
      return false;
    });
  }

  /** Whether a claim is answered, or will be, without being asked. */
  #takesShortcut(claim: Claim, counted: readonly KeyCounts[]): boolean {
    const { nearTitles, rarePairs, signal } = this.#options;
    if (signal.aborted || !claim.isWanted) return false;
    const { all, again } = claim.records;
    const isPassedOver = rarePairs?.isPassedOver(claim.key, all, again) === true;
    const place = nearTitles?.place(claim.key);
    const leader = place && nearTitles?.leader(place);
    if (leader !== undefined) {
      count(counted, "cluster", 1);
      if (leader.answer !== undefined) this.#share(claim, leader.answer);
      else leader.claim!.lead(claim, counted);
    } else if (isPassedOver) {
      count(counted, "rare", 1);
      this.#claims.delete(claim.key);
      claim.settle("skipped", "rare");
    } else {
      if (place !== undefined) nearTitles?.asked(place, claim);
      return false;
    }
    return true;
  }

  /** Gives a claim another one's answer. It is no answer of the model's: the cache and its memory never get it. */
  #share(claim: Claim, answer: number): void {
    this.#claims.delete(claim.key);
    this.#options.nearTitles!.remember(claim.key, answer);
    claim.settle(answer, "cluster");
  }

  /** Asks what waited for another claim's answer, of which nothing came. */
  #askFollowers(leader: Claim): void {
    for (const { claim, counted } of leader.takeFollowers()) {
      claim.stopFollowing();
      count(counted, "cluster", -1);
      this.#ask(claim, counted);
    }
  }

  /** Asks what no other process has, and leaves the rest to those that have it. */
  async #claimInFleet(
    fleet: CoordinatedKeys,
    claims: readonly Claim[],
    counted: readonly KeyCounts[],
  ): Promise<void> {
    const holdings = await fleet.claim(claims.map(({ key }) => key));
    const thatAre = (holding: SharedClaimState) => claims.filter((_, i) => holdings[i] === holding);
    const refused = thatAre("refused"), held = thatAre("held"), won = thatAre("won");
    count(counted, "local", refused.length);
    this.#refused(refused);
    if (held.length > 0) {
      for (const claim of held) claim.leave();
      this.#elsewhere!.add(held, counted);
    }
    if (won.length === 0) return;
    // Whoever held a key until just now has its answer written.
    const missed = new Set(await this.#find(won, counted));
    fleet.release(won.filter((claim) => !missed.has(claim)).map(({ key }) => key));
    for (const claim of missed) this.#ask(claim, counted);
  }

  #ask(claim: Claim, counted: readonly KeyCounts[]): void {
    const { maxQuestions, signal } = this.#options;
    this.#limitReached ||= this.counts.asked >= maxQuestions;
    if (signal.aborted || !claim.isWanted || this.#limitReached) {
      const limit = new QuestionLimitError(`Cannot ask more questions: maxQuestions is ${maxQuestions}`);
      return this.#giveUp([claim], counted, signal.aborted ? signal.reason : limit);
    }
    count(counted, "asked", 1);
    this.#queue.add(claim);
  }

  /** For keys that were neither found nor asked: their objects are given up, and the sums are without them. */
  #giveUp(claims: readonly Claim[], counted: readonly KeyCounts[], error: unknown): void {
    count(counted, "seen", -claims.length);
    this.#failed(claims, error);
  }

  #answered(claims: readonly Claim[], answers: readonly number[]): void {
    const { nearTitles } = this.#options;
    // First, so that what this call shows holds for those that wait for it.
    if (nearTitles !== undefined) {
      claims.forEach(({ key }, index) => nearTitles.answered(key, answers[index]!));
    }
    claims.forEach((claim, index) => {
      this.#memory.remember(claim.key, answers[index]!);
      claim.settle(answers[index]!, "model");
      if (nearTitles === undefined) return;
      if (!nearTitles.isOn) return this.#askFollowers(claim);
      for (const follower of claim.takeFollowers()) this.#share(follower.claim, answers[index]!);
    });
    const entries = claims.map(({ key }, index) => [key, answers[index]!] as const);
    // Not under the run's signal: an answer that was paid for is kept, even when the run is being stopped.
    const write = this.#memory.write(entries, new AbortController().signal).then(() => {
      for (const { key } of claims) this.#claims.delete(key);
      this.#fleet?.release(claims.map(({ key }) => key));
      this.#writes.delete(write);
    });
    this.#writes.add(write);
  }

  #refused(claims: readonly Claim[]): void {
    this.#fleet?.release(claims.map(({ key }) => key), { isRefused: true });
    for (const claim of claims) {
      this.#refusedKeys.set(claim.key, true);
      this.#claims.delete(claim.key);
      this.#options.nearTitles?.failed(claim.key);
      claim.settle("refused", "model");
      this.#askFollowers(claim);
    }
  }

  #failed(claims: readonly Claim[], error: unknown): void {
    this.#fleet?.release(claims.map(({ key }) => key));
    for (const claim of claims) {
      this.#claims.delete(claim.key);
      this.#options.nearTitles?.failed(claim.key);
      claim.fail(error);
      this.#askFollowers(claim);
    }
  }

  /** Something has changed that may let a call leave: looks once, when all that happens now has happened. */
  #changed(): void {
    if (this.#willPump) return;
    this.#willPump = true;
    queueMicrotask(() => {
      this.#willPump = false;
      this.#queue.pump();
    });
  }

  /**
   * Whether nothing can bring more questions before one that waits is answered: no lookup is under way, no object can
   * be opened, and every open one was read to its end or waits for room behind a question that was not sent. An object
   * that will end by itself, and make room for somebody who waits, may still bring some.
   */
  #isQuiet(): boolean {
    if (this.#lookups.size > 0 || this.#budget.isOpening) return false;
    const roomIsWanted = this.#budget.isWantedBySomebody;
    for (const objectAnswers of this.#objects) {
      const { hasEnded, isWaiting } = objectAnswers.slot;
      if (hasEnded ? roomIsWanted && !objectAnswers.isStuck : !(isWaiting && objectAnswers.isStuck)) {
        return false;
      }
    }
    return true;
  }
}

function nobodyWaits(): Error {
  return new Error("Cannot wait for another process: nobody waits for the answer any more");
}

/** Adds keys to the counts of the process, the object and the batch. */
function count(counted: readonly KeyCounts[], what: keyof KeyCounts, keys: number): void {
  for (const counts of counted) counts[what] = (counts[what] ?? 0) + keys;
}
