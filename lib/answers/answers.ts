import { LRUCache } from "lru-cache";
import type { Cache } from "../caches/cache.ts";
import { SluiceError } from "../errors/sluice_error.ts";
import type { Model } from "../models/model.ts";
import type { Tell } from "../text/tell.ts";
import type { CallLimits, EndedCall } from "./caller.ts";
import { Claim, type ClaimedBatch } from "./claim.ts";
import { CoordinatedLookup } from "./coordinated_lookup.ts";
import type { Coordinator } from "./coordinator.ts";
import { ObjectAnswers } from "./object_answers.ts";
import { countKeys, type KeyCounts } from "./key_counts.ts";
import type { Lookup } from "./lookup.ts";
import { AnswerMemory, type CacheRequiredError, type CacheRoundTrips } from "./answer_memory.ts";
import { QuestionQueue, type QuestionQueueLimits, type QuestionQueueStats } from "./question_queue.ts";
import { InFlightBudget, type InFlightLimits, type ObjectSlot } from "./in_flight_budget.ts";
import type { SharingStats, Shortcut } from "./shortcut.ts";
import { type Settings, whole } from "../settings/setting.ts";

/** When to stop asking. */
export const answersSettings = {
  maxQuestions: whole({
    help: "Stop asking after N questions, and leave the remaining objects unprocessed (exit 1)",
    name: "maxQuestions",
    min: 0,
    max: 1e12,
    defaultText: "unlimited",
  }),
} satisfies Settings;

export interface AnswersOptions {
  readonly cache: Cache;
  readonly model: Model;
  /** How the model is called: how often, how many calls at once, how full they are, and how failures are borne. */
  readonly calls: CallLimits & QuestionQueueLimits;
  /** How much may wait for answers. */
  readonly inFlight: InFlightLimits;
  /** Memory for answers, in bytes, roughly. */
  readonly memoryCacheBytes: number;
  /** Whether to ask nothing while the cache cannot be read or written. Defaults to asking without it. */
  readonly requiresCache?: boolean;
  /** The largest number of questions to ask. Defaults to no limit. */
  readonly maxQuestions?: number;
  /** For sources that never end: how long a question waits for others to share its call, at most, in seconds. */
  readonly lingerSeconds?: number;
  /** Coordinates this process with others that use the same model and cache. Defaults to none. */
  readonly coordinator?: Coordinator;
  /** A way to ask less. Defaults to none. */
  readonly shortcut?: Shortcut;
  /** Whether batches note where their answers came from. */
  readonly keepsOrigins?: boolean;
  /** Called when the cache or the model fails, and when it works again. */
  readonly onTrouble: Tell;
  /** Called when a call has ended, retries included. */
  readonly onCall?: (call: EndedCall) => void;
  /** Returns how long to start no call after one that has ended, in seconds, to yield to other clients of the model. */
  readonly restAfter?: (call: EndedCall) => number;
  readonly signal: AbortSignal;
}

/** How the answers of a process stand; sums are since its start. */
export interface AnswersStats {
  readonly cache: Readonly<CacheRoundTrips>;
  /** Whether the cache is left alone after a failure. */
  readonly cacheIsDown: boolean;
  readonly model: QuestionQueueStats;
  /** Whether calls fail, so that the model is only probed, or not called for a while. */
  readonly modelIsDown: boolean;
  readonly callsInFlight: number;
  /** Questions that wait for a call. */
  readonly questionsWaiting: number;
  /** Questions without an answer yet: those, and those of calls in flight. */
  readonly questionsOutstanding: number;
  /** How shared answers agree; absent if no shortcut shares any. */
  readonly sharing?: SharingStats;
}

/** Refused questions that are remembered, so that they are not asked again. */
const maxRefusedKeys = 100_000;

/** The process has asked as many questions as it may. */
export class QuestionLimitError extends SluiceError {
  override readonly name = "QuestionLimitError";

  constructor(maxQuestions: number) {
    super({ kind: "limit", action: "ask more questions", reason: `maxQuestions is ${maxQuestions}` });
  }
}

/**
 * The heart: answers for all objects of a process. A key is claimed before the cache is read, at once; all that need it
 * meanwhile wait for the same claim. So a key that is in the cache or in flight is not asked again.
 */
export class Answers {
  /** Of all objects together. */
  readonly counts: KeyCounts = { seen: 0, local: 0, hits: 0, asked: 0 };
  readonly #options: AnswersOptions;
  readonly #memory: AnswerMemory;
  readonly #queue: QuestionQueue;
  readonly #budget: InFlightBudget;
  readonly #shortcut: Shortcut | undefined;
  readonly #claims = new Map<string, Claim>();
  readonly #objects = new Set<ObjectAnswers>();
  /** What is tried for a claim before the model is asked. */
  readonly #lookup: Lookup;
  /** The same as `#lookup` where processes are coordinated. */
  readonly #coordinated: CoordinatedLookup | undefined;
  /** What the model has refused, as far as is remembered. */
  readonly #refusedKeys = new LRUCache<string, true>({ max: maxRefusedKeys });
  readonly #writes = new Set<Promise<void>>();
  /** Lookups in flight. */
  readonly #lookups = new Set<Promise<void>>();
  #willPump = false;
  #limitReached = false;
  #cacheLost: CacheRequiredError | undefined;

  constructor(options: AnswersOptions) {
    this.#options = options;
    const { cache, calls, coordinator, inFlight, lingerSeconds, memoryCacheBytes, model } = options;
    const { onCall, onTrouble, restAfter, shortcut, signal } = options;
    this.#shortcut = shortcut;
    const inCache: Lookup = { find: (claims, counted) => this.#findInCache(claims, counted) };
    const lookup = shortcut === undefined ? inCache : this.#withShortcut(inCache, shortcut);
    this.#coordinated = coordinator && new CoordinatedLookup({
      claims: coordinator.claims,
      lookup,
      cache: inCache,
      isEnding: () => this.isOver || signal.aborted,
      onRefused: (claims) => this.#refused(claims),
      onFree: (claims, counted, lookup) => this.#beginLookUp(claims, counted, lookup),
      onUnwanted: (claims, counted) => this.#giveUp(claims, counted, signal.reason ?? unwantedError()),
      onTrouble,
      signal,
    });
    this.#lookup = this.#coordinated ?? lookup;
    const isRequired = options.requiresCache === true;
    this.#memory = new AnswerMemory({ cache, range: model.range, memoryCacheBytes, isRequired, onTrouble });
    const isEndless = lingerSeconds !== undefined;
    this.#queue = new QuestionQueue({
      ...calls,
      model,
      sharedRate: coordinator?.rate,
      lingerMs: isEndless ? lingerSeconds * 1000 : Infinity,
      refusalsForgottenMs: isEndless ? 3_600_000 : Infinity,
      onCall,
      restAfter,
      onTrouble,
      signal,
      isQuiet: () => this.#isQuiet(),
      keepsUnwanted: () => this.#limitReached,
      onAnswers: (claims, answers) => this.#answered(claims, answers),
      onRefused: (claims) => this.#refused(claims),
      onFailure: (claims, error) => this.#failed(claims, error),
    });
    this.#budget = new InFlightBudget({ ...inFlight, onChange: () => this.#changed() });
  }

  stats(): AnswersStats {
    const sharing = this.#shortcut?.stats?.();
    return {
      cache: this.#memory.stats,
      cacheIsDown: this.#memory.isDown,
      model: this.#queue.stats,
      modelIsDown: this.#queue.modelIsDown,
      callsInFlight: this.#queue.callsInFlight,
      questionsWaiting: this.#queue.length,
      questionsOutstanding: this.#queue.outstanding,
      ...(sharing && { sharing }),
    };
  }

  /** Whether a question was refused because `maxQuestions` have been asked. */
  get limitReached(): boolean {
    return this.#limitReached;
  }

  /** Why a run asks nothing any more: its cache is required, and failed. */
  get cacheLost(): CacheRequiredError | undefined {
    return this.#cacheLost;
  }

  /** Whether nothing will be asked any more, so that no more objects should be begun. */
  get isOver(): boolean {
    return this.#limitReached || this.#cacheLost !== undefined;
  }

  /** Whether nothing can be asked now: the model is down, or the cache that is required. */
  get isHeldUp(): boolean {
    return this.#queue.modelIsDown || this.#memory.lost !== undefined;
  }

  /**
   * Waits until there is room for one more object; first come, first served.
   *
   * @throws The signal's reason.
   */
  async open(signal: AbortSignal = this.#options.signal): Promise<ObjectAnswers> {
    return this.#open(await this.#budget.open(signal), { isAgain: false });
  }

  /** Opens an object again, at once: it has just given its slot back, and its records have been counted. */
  reopen(): ObjectAnswers {
    return this.#open(this.#budget.openAtOnce(), { isAgain: true });
  }

  /** Says that no more objects will be opened. */
  endOfObjects(): void {
    this.#budget.endOfObjects();
  }

  /** Waits for lookups and calls in flight, whose answers are paid for, and for writes to the cache. */
  async close(): Promise<void> {
    await this.#coordinated?.endWaits();
    while (this.#lookups.size > 0) await Promise.all(this.#lookups);
    await this.#queue.close();
    await Promise.all(this.#writes);
    await this.#coordinated?.close();
    await this.#memory.close();
  }

  #open(slot: ObjectSlot, { isAgain }: { readonly isAgain: boolean }): ObjectAnswers {
    const objectAnswers = new ObjectAnswers({
      slot,
      isAgain,
      keepsOrigins: this.#options.keepsOrigins === true,
      onClaim: (claimed, objectAnswers) => this.#claim(claimed, objectAnswers),
      onClose: (objectAnswers) => {
        this.#objects.delete(objectAnswers);
        this.#changed();
      },
    });
    this.#objects.add(objectAnswers);
    return objectAnswers;
  }

  /** Fills the batch's slots with what is in memory, waits for claims of the same keys, and claims the other keys. */
  #claim(claimed: ClaimedBatch, objectAnswers: ObjectAnswers): void {
    const { keys, answers, origins } = claimed.batch;
    const unclaimed: Claim[] = [];
    const counted = [this.counts, objectAnswers.counts, claimed.counts];
    countKeys(counted, "seen", keys.length);
    keys.forEach((key, slot) => {
      let claim = this.#claims.get(key);
      const isRefused = claim === undefined && this.#refusedKeys.has(key);
      const answer = isRefused ? "refused" : claim === undefined ? this.#memory.recall(key) : claim.answer;
      if (answer !== undefined) {
        answers[slot] = answer;
        if (origins !== undefined) origins[slot] = "cache";
        return;
      }
      if (claim === undefined) {
        const recalled = this.#shortcut?.recall?.(key);
        if (recalled !== undefined) {
          answers[slot] = recalled.answer;
          if (origins !== undefined) origins[slot] = recalled.origin;
          return;
        }
        claim = new Claim(key);
        this.#claims.set(key, claim);
        unclaimed.push(claim);
      }
      claim.wait(claimed, slot);
    });
    countKeys(counted, "local", keys.length - unclaimed.length);
    claimed.settleIfWhole();
    if (unclaimed.length === 0) return;
    this.#beginLookUp(unclaimed, counted, this.#lookup);
  }

  #beginLookUp(claims: readonly Claim[], counted: readonly KeyCounts[], lookup: Lookup): void {
    const lookingUp = lookup.find(claims, counted).then((missed) => {
      for (const claim of missed) this.#ask(claim, counted);
      this.#lookups.delete(lookingUp);
      this.#changed();
    });
    this.#lookups.add(lookingUp);
  }

  /** Reads the cache. */
  async #findInCache(claims: readonly Claim[], counted: readonly KeyCounts[]): Promise<readonly Claim[]> {
    let answers: (number | undefined)[];
    try {
      answers = await this.#memory.read(claims.map(({ key }) => key), this.#options.signal);
    } catch (error) {
      this.#giveUp(claims, counted, error);
      this.#stopWithoutCache();
      return [];
    }
    return claims.filter((claim, index) => {
      const answer = answers[index];
      if (answer === undefined) return true;
      countKeys(counted, "hits", 1);
      this.#claims.delete(claim.key);
      this.#memory.remember(claim.key, answer);
      this.#shortcut?.found?.(claim.key, answer);
      claim.settle(answer, "cache");
      return false;
    });
  }

  /** A lookup that tries the shortcut for what another one has not found. */
  #withShortcut(lookup: Lookup, shortcut: Shortcut): Lookup {
    return {
      find: async (claims, counted) => {
        const missed = await lookup.find(claims, counted);
        return missed.filter((claim) => !this.#isTaken(claim, counted, shortcut));
      },
    };
  }

  /** Whether a shortcut answers a claim, or has it wait for another one. */
  #isTaken(claim: Claim, counted: readonly KeyCounts[], shortcut: Shortcut): boolean {
    if (this.#options.signal.aborted || !claim.isWanted) return false;
    const taken = shortcut.take(claim);
    if (taken === undefined) {
      shortcut.asked?.(claim);
      return false;
    }
    const { origin } = taken;
    countKeys(counted, origin, 1);
    if ("leader" in taken) {
      taken.leader.lead({ claim, counted, origin });
    } else {
      // It is not the model's answer: neither the cache nor its memory gets it.
      this.#claims.delete(claim.key);
      claim.settle(taken.answer, origin);
    }
    return true;
  }

  /** Gives followers the answer that their leader got, if the shortcut agrees; asks the others. */
  #settleFollowers(leader: Claim, answer?: number): void {
    for (const { claim, counted, origin } of leader.takeFollowers()) {
      if (answer !== undefined && this.#shortcut?.share?.(claim.key, answer) === true) {
        this.#claims.delete(claim.key);
        claim.settle(answer, origin);
      } else {
        claim.stopFollowing();
        countKeys(counted, origin, -1);
        this.#ask(claim, counted);
      }
    }
  }

  #ask(claim: Claim, counted: readonly KeyCounts[]): void {
    const { maxQuestions = Infinity, signal } = this.#options;
    this.#limitReached ||= this.counts.asked >= maxQuestions;
    const { lost } = this.#memory;
    if (signal.aborted || !claim.isWanted || this.#limitReached || lost !== undefined) {
      return this.#giveUp(
        [claim],
        counted,
        signal.aborted ? signal.reason : lost ?? new QuestionLimitError(maxQuestions),
      );
    }
    countKeys(counted, "asked", 1);
    this.#queue.add(claim);
  }

  /** If the cache is required and lost: asks nothing of what waits, and a run nothing any more. */
  #stopWithoutCache(): void {
    const { lost } = this.#memory;
    if (lost === undefined) return;
    if (this.#options.lingerSeconds === undefined) this.#cacheLost ??= lost;
    this.#queue.refuse(lost);
  }

  /** For keys that were neither found nor asked: their objects are given up, and the sums are without them. */
  #giveUp(claims: readonly Claim[], counted: readonly KeyCounts[], error: unknown): void {
    countKeys(counted, "seen", -claims.length);
    this.#failed(claims, error);
  }

  #answered(claims: readonly Claim[], answers: readonly number[]): void {
    // First, so that what this call shows holds for those that wait for it.
    claims.forEach(({ key }, index) => this.#shortcut?.answered?.(key, answers[index]!));
    claims.forEach((claim, index) => {
      this.#memory.remember(claim.key, answers[index]!);
      claim.settle(answers[index]!, "model");
      this.#settleFollowers(claim, answers[index]!);
    });
    const entries = claims.map(({ key }, index) => [key, answers[index]!] as const);
    // Not under the run's signal: an answer that was paid for is kept, even when the run is being stopped.
    const write = this.#memory.write(entries, new AbortController().signal).then(() => {
      for (const { key } of claims) this.#claims.delete(key);
      this.#coordinated?.release(claims);
      this.#writes.delete(write);
      this.#stopWithoutCache();
    });
    this.#writes.add(write);
  }

  #refused(claims: readonly Claim[]): void {
    this.#coordinated?.release(claims, { isRefused: true });
    for (const claim of claims) {
      this.#refusedKeys.set(claim.key, true);
      this.#claims.delete(claim.key);
      this.#shortcut?.failed?.(claim.key);
      claim.settle("refused", "model");
      this.#settleFollowers(claim);
    }
  }

  #failed(claims: readonly Claim[], error: unknown): void {
    this.#coordinated?.release(claims);
    for (const claim of claims) {
      this.#claims.delete(claim.key);
      this.#shortcut?.failed?.(claim.key);
      claim.fail(error);
      this.#settleFollowers(claim);
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
   * Whether nothing can bring more questions before one that waits is answered: no lookup is in flight, no object can
   * be opened, and every open one was read to its end or waits for room behind a question that was not sent. An object
   * that will end by itself, and make room for one that waits, may still bring some.
   */
  #isQuiet(): boolean {
    if (this.#lookups.size > 0 || this.#budget.isOpening) return false;
    const roomIsNeeded = this.#budget.hasWaits;
    for (const objectAnswers of this.#objects) {
      const { hasEnded, isWaiting } = objectAnswers.slot;
      if (hasEnded ? roomIsNeeded && !objectAnswers.isStuck : !(isWaiting && objectAnswers.isStuck)) {
        return false;
      }
    }
    return true;
  }
}

function unwantedError(): Error {
  return new SluiceError({
    kind: "internal",
    action: "wait for another process",
    reason: "no object waits for the answer any more",
  });
}
