/** What comes in. */
export interface FleetLoad {
  readonly objects: number;
  readonly linesPerObject: number;
  /** Seconds between two objects; 0 where all are there from the beginning. */
  readonly everySeconds: number;
  /** How many keys are distinct among the first `lines` lines. */
  readonly distinctKeys: (lines: number) => number;
  /** Lines whose keys are known when it begins. */
  readonly linesBefore: number;
}

/** What it is met with. */
export interface FleetParts {
  readonly workers: number;
  /** Of one worker that finds every answer in the cache. */
  readonly linesPerSecond: number;
  /** Lines that are claimed and looked up together: a window, or several for a quicker simulation. */
  readonly linesPerStep: number;
  /** Lines that a worker holds while it waits for answers, besides one step of each open object. */
  readonly maxLinesInFlight: number;
  readonly maxOpenObjects: number;
  /** Of all workers together. */
  readonly callsPerSecond: number;
  readonly questionsPerCall: number;
  /** From a call's leaving to its answer. */
  readonly callSeconds: number;
}

/** What becomes of it. */
export interface FleetRun {
  readonly seconds: number;
  readonly lines: number;
  readonly calls: number;
  readonly questions: number;
  /** Share of the time in which the workers read and wrote, on average. */
  readonly busyShare: number;
  /** Seconds from an object's being there to its output's being visible, the longest. */
  readonly longestSeconds: number;
}

/** A stretch of an object whose keys were looked up. */
interface Step {
  readonly object: OpenObject;
  readonly lines: number;
  unanswered: number;
}

interface OpenObject {
  readonly since: number;
  linesLeft: number;
  /** In order: one that has its answers is held until those before it have theirs. */
  readonly held: Step[];
}

interface Worker {
  readonly open: OpenObject[];
  /** Steps with questions that are not asked yet, and how many they are. */
  readonly asking: { readonly step: Step; questions: number }[];
  questions: number;
  linesInFlight: number;
  isReading: boolean;
  wantsCall: boolean;
  readSeconds: number;
}

/**
 * Plays a fleet at the grain of windows: workers take objects from one queue, hold what waits for answers within
 * their budget, and send calls that are full, or as full as they get when a worker has nothing else to do; one rate
 * holds for all. New keys come at the pace of `distinctKeys`, each to one worker: that others wait for the same keys
 * is left out, as are failures, and what the store and the cache would hold up.
 */
export function simulateFleet(load: FleetLoad, parts: FleetParts): FleetRun {
  const agenda = new Agenda();
  const workers = Array.from({ length: parts.workers }, (): Worker => ({
    open: [],
    asking: [],
    questions: 0,
    linesInFlight: 0,
    isReading: false,
    wantsCall: false,
    readSeconds: 0,
  }));
  let now = 0, taken = 0, nextCallAt = 0;
  let linesRead = 0, keysSeen = load.distinctKeys(load.linesBefore);
  let calls = 0, questions = 0, longestSeconds = 0;

  const arrivalOf = (object: number) => object * load.everySeconds;
  const isThere = () => taken < load.objects && arrivalOf(taken) <= now;
  const hasRoom = (worker: Worker) => worker.linesInFlight < parts.maxLinesInFlight;

  /** Has a worker do what it can, after anything that it may have waited for. */
  const wake = (worker: Worker) => {
    if (!worker.isReading) {
      let next = worker.open.find(({ linesLeft, held }) =>
        linesLeft > 0 && (held.length === 0 || hasRoom(worker))
      );
      if (
        next === undefined && isThere() &&
        worker.open.length < parts.maxOpenObjects && hasRoom(worker)
      ) {
        next = {
          since: arrivalOf(taken++),
          linesLeft: load.linesPerObject,
          held: [],
        };
        worker.open.push(next);
      }
      if (next !== undefined) read(worker, next);
    }
    const isFull = worker.questions >= parts.questionsPerCall;
    if (
      !worker.wantsCall &&
      (isFull || (worker.questions > 0 && !worker.isReading))
    ) {
      worker.wantsCall = true;
      nextCallAt = Math.max(now, nextCallAt);
      agenda.add(nextCallAt, () => send(worker));
      nextCallAt += 1 / parts.callsPerSecond;
    }
  };

  const read = (worker: Worker, object: OpenObject) => {
    const lines = Math.min(parts.linesPerStep, object.linesLeft);
    const seconds = lines / parts.linesPerSecond;
    object.linesLeft -= lines;
    worker.isReading = true;
    worker.linesInFlight += lines;
    worker.readSeconds += seconds;
    agenda.add(now + seconds, () => {
      worker.isReading = false;
      linesRead += lines;
      const keys = Math.floor(load.distinctKeys(load.linesBefore + linesRead)) -
        Math.floor(keysSeen);
      keysSeen += keys;
      const step: Step = { object, lines, unanswered: keys };
      object.held.push(step);
      if (keys > 0) worker.asking.push({ step, questions: keys });
      worker.questions += keys;
      release(worker, object);
      wake(worker);
    });
  };

  const send = (worker: Worker) => {
    worker.wantsCall = false;
    const answered: [Step, number][] = [];
    let left = parts.questionsPerCall;
    while (left > 0 && worker.asking.length > 0) {
      const first = worker.asking[0]!;
      const some = Math.min(left, first.questions);
      answered.push([first.step, some]);
      first.questions -= some;
      left -= some;
      if (first.questions === 0) worker.asking.shift();
    }
    const asked = parts.questionsPerCall - left;
    worker.questions -= asked;
    questions += asked;
    calls++;
    agenda.add(now + parts.callSeconds, () => {
      for (const [step, some] of answered) {
        step.unanswered -= some;
        release(worker, step.object);
      }
      wake(worker);
    });
    wake(worker);
  };

  const release = (worker: Worker, object: OpenObject) => {
    while (object.held[0]?.unanswered === 0) {
      worker.linesInFlight -= object.held.shift()!.lines;
    }
    if (
      object.linesLeft > 0 || object.held.length > 0 ||
      !worker.open.includes(object)
    ) return;
    worker.open.splice(worker.open.indexOf(object), 1);
    longestSeconds = Math.max(longestSeconds, now - object.since);
  };

  if (load.everySeconds === 0) { for (const worker of workers) wake(worker); }
  else {
    const arrive = (object: number) => {
      for (const worker of workers) {
        if (worker.open.length === 0 || !isThere()) wake(worker);
      }
      if (isThere()) { for (const worker of workers) wake(worker); }
      if (object + 1 < load.objects) {
        agenda.add(arrivalOf(object + 1), () => arrive(object + 1));
      }
    };
    agenda.add(0, () => arrive(0));
  }
  for (let next; (next = agenda.take()) !== undefined;) {
    now = next.at;
    next.work();
  }
  const busy = workers.reduce((sum, { readSeconds }) => sum + readSeconds, 0);
  return {
    seconds: now,
    lines: linesRead,
    calls,
    questions,
    busyShare: busy / (now * parts.workers),
    longestSeconds,
  };
}

interface Entry {
  readonly at: number;
  readonly number: number;
  readonly work: () => void;
}

/** What is to happen, the earliest first, of equals the one that was added first: a binary heap. */
class Agenda {
  readonly #heap: Entry[] = [];
  #added = 0;

  add(at: number, work: () => void): void {
    const heap = this.#heap;
    const entry = { at, number: this.#added++, work };
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (isBefore(heap[above]!, entry)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = entry;
  }

  take(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0], last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) {
      return first;
    }
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) {
        below++;
      }
      if (isBefore(last, heap[below]!)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}
