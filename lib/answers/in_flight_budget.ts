import { SluiceError } from "../errors/sluice_error.ts";
import { bytes, type Settings, whole } from "../settings/setting.ts";

/** How much is worked on at once. */
export const inFlightSettings = {
  objects: whole({ help: "Objects processed at once, 1 to 256", min: 1, max: 256, default: 4 }),
  maxInFlight: bytes({
    help: "Memory for records that wait for answers, 1MiB to 64GiB",
    was: { name: "maxInFlightMib", unit: "MiB" },
    min: 1024 ** 2,
    max: 64 * 1024 ** 3,
    default: 24 * 1024 ** 2,
  }),
} satisfies Settings;

/** Objects that are read or wait for answers at once, by default. */
const defaultMaxOpenObjects = 1_000;

/** How much may wait for answers in a process. */
export interface InFlightLimits {
  /** Size of all batches in flight, in bytes, beyond one batch for each open object. */
  readonly maxInFlightBytes: number;
  /** Objects that are read at once. */
  readonly objects: number;
  /** Objects that are read or wait for answers at once; each takes some memory beside its batches. Defaults to 1,000. */
  readonly maxOpenObjects?: number;
}

export interface InFlightBudgetOptions extends InFlightLimits {
  /** Called when a wait begins or ends. */
  readonly onChange: () => void;
}

/**
 * Bounds what is in flight: one budget for the process, plus one batch for each open object, so that no object can
 * starve or deadlock another. An object that was read to its end lets the next one be read while it waits for answers,
 * as long as the budget has room: that is how sparse questions of many small objects share a call.
 */
export class InFlightBudget {
  readonly #options: InFlightBudgetOptions;
  #open = 0;
  /** Slots with a batch that waits, the longest wait first. */
  readonly #waiting = new Set<ObjectSlot>();
  #inUse = 0;
  #reading = 0;
  /** Waits to open another object, the longest first. */
  readonly #opening = new Set<PromiseWithResolvers<void>>();
  /** Whether more objects may come although none waits to be opened. */
  #mayOpen = true;

  constructor(options: InFlightBudgetOptions) {
    this.#options = options;
  }

  /** Whether an object may still be opened although none waits to be. */
  get isOpening(): boolean {
    return this.#mayOpen && this.#opening.size === 0;
  }

  /** Whether an object or a batch waits for room. */
  get hasWaits(): boolean {
    return this.#opening.size > 0 || this.#waiting.size > 0;
  }

  /**
   * A slot for one more object, when there is room for it; first come, first served.
   *
   * @throws The signal's reason.
   */
  async open(signal: AbortSignal): Promise<ObjectSlot> {
    signal.throwIfAborted();
    if (this.#opening.size === 0 && this.#hasRoomForObject()) return this.openAtOnce();
    const opening = Promise.withResolvers<void>();
    this.#opening.add(opening);
    const abort = () => {
      this.#opening.delete(opening);
      opening.reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#options.onChange();
    try {
      await opening.promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    return new ObjectSlot(this);
  }

  /** A slot at once, for an object that has given its own back and is restarted. */
  openAtOnce(): ObjectSlot {
    this.#take();
    return new ObjectSlot(this);
  }

  /** Says that no more objects will be opened. */
  endOfObjects(): void {
    this.#mayOpen = false;
    this.#options.onChange();
  }

  /** For slots only: puts a slot among those that wait. */
  wait(slot: ObjectSlot): void {
    this.#waiting.add(slot);
    this.#options.onChange();
  }

  /** For slots only: changes what is in use, then admits what has room now. */
  use(change: { bytes?: number; reading?: number; open?: number }): void {
    this.#inUse += change.bytes ?? 0;
    this.#reading += change.reading ?? 0;
    this.#open += change.open ?? 0;
    for (const slot of this.#waiting) {
      if (slot.isWaiting && slot.batches > 0 && !this.hasRoom) continue;
      this.#waiting.delete(slot);
      if (slot.isWaiting) this.#inUse += slot.letIn();
    }
    for (const opening of this.#opening) {
      if (!this.#hasRoomForObject()) break;
      this.#opening.delete(opening);
      this.#take();
      opening.resolve();
    }
    this.#options.onChange();
  }

  get hasRoom(): boolean {
    return this.#inUse < this.#options.maxInFlightBytes;
  }

  #take(): void {
    this.#open++;
    this.#reading++;
  }

  #hasRoomForObject(): boolean {
    const { objects, maxOpenObjects = defaultMaxOpenObjects } = this.#options;
    return this.#reading < objects && (this.#open < objects || (this.hasRoom && this.#open < maxOpenObjects));
  }
}

/** One open object's share of a {@linkcode InFlightBudget}. */
export class ObjectSlot {
  readonly #budget: InFlightBudget;
  #waiting: { readonly bytes: number; readonly admitted: PromiseWithResolvers<void> } | undefined;
  #hasEnded = false;
  #isClosed = false;
  #buffered = 0;
  #inFlight = 0;
  /** Batches in flight. */
  batches = 0;

  constructor(budget: InFlightBudget) {
    this.#budget = budget;
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Whether the object was read to its end. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Waits until a batch may be in flight. One call at a time.
   *
   * @throws The error that `close` was called with.
   */
  async admit(bytes: number): Promise<void> {
    if (this.#isClosed) {
      throw new SluiceError({
        kind: "internal",
        action: "take",
        subject: "a batch",
        reason: "its object is closed",
      });
    }
    if (this.batches > 0 && !this.#budget.hasRoom) {
      this.#waiting = { bytes, admitted: Promise.withResolvers() };
      const { promise } = this.#waiting.admitted;
      this.#budget.wait(this);
      return await promise;
    }
    this.batches++;
    this.#inFlight += bytes;
    this.#budget.use({ bytes });
  }

  /** For the budget only: ends the wait; returns the batch's size. */
  letIn(): number {
    const { bytes, admitted } = this.#waiting!;
    this.#waiting = undefined;
    this.batches++;
    this.#inFlight += bytes;
    admitted.resolve();
    return bytes;
  }

  /** Says that an admitted batch has left. */
  release(bytes: number): void {
    this.batches--;
    this.#inFlight -= bytes;
    this.#budget.use({ bytes: -bytes });
  }

  /** Says that no more batches will come. */
  end(): void {
    if (this.#hasEnded || this.#isClosed) return;
    this.#hasEnded = true;
    this.#budget.use({ reading: -1, bytes: this.#buffered });
  }

  /**
   * Says how much output waits to be written, in bytes. It counts from the object's end on: before that it is
   * bounded by the number of objects that are read at once.
   */
  set buffered(bytes: number) {
    const change = bytes - this.#buffered;
    this.#buffered = bytes;
    if (this.#hasEnded && !this.#isClosed) this.#budget.use({ bytes: change });
  }

  /** Gives everything back; a waiting `admit` throws the reason. */
  close(reason: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.admitted.reject(reason);
    const buffered = this.#hasEnded ? this.#buffered : 0;
    this.#budget.use({ bytes: -this.#inFlight - buffered, reading: this.#hasEnded ? 0 : -1, open: -1 });
  }
}
