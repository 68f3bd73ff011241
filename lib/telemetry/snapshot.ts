import type { SharingStats } from "../answers/shortcut.ts";
import type { KeyCounts } from "../answers/key_counts.ts";
import type { RejectReason } from "../records/batch.ts";

/** How things stand in a process, as its page shows them; plain JSON. Counts are since the process began. */
export interface Snapshot {
  readonly version: string;
  readonly command: "run" | "watch" | "work" | "serve";
  /** `waiting` for objects or requests; `draining`: told to stop; `ended`: a run that is over. */
  readonly state: "working" | "waiting" | "draining" | "ended";
  readonly startedMs: number;
  readonly nowMs: number;
  /** Where the objects are and where they go; absent where requests are served. */
  readonly from?: string;
  readonly to?: string;
  readonly records: {
    readonly in: number;
    readonly out: number;
    readonly rejected: number;
    readonly blank: number;
  };
  readonly keys: Readonly<KeyCounts>;
  /** How near titles agree; absent where none share answers. */
  readonly nearTitles?: SharingStats;
  readonly saved: Saved;
  readonly model: {
    readonly url: string;
    readonly calls: number;
    readonly questions: number;
    readonly retries: number;
    /** Time spent in calls, added up over those side by side. */
    readonly seconds: number;
    readonly callsUnderWay: number;
    readonly questionsWaiting: number;
    /** Whether it failed so often that it is only probed. */
    readonly isDown: boolean;
  };
  readonly cache: {
    readonly url: string;
    readonly reads: number;
    readonly readSeconds: number;
    readonly writes: number;
    readonly writeSeconds: number;
    /** Whether reads or writes failed, so that it rests. */
    readonly isDown: boolean;
  };
  /** Absent where requests are served. */
  readonly objects?: Readonly<ObjectTotals>;
  /** Only where requests are served. */
  readonly requests?: {
    readonly underWay: number;
    readonly done: number;
    readonly failed: number;
    /** Turned away because too many were under way. */
    readonly refused: number;
  };
  /** The queue that many machines work on; absent where there is none, or it has not answered yet. */
  readonly fleet?: QueueView;
  readonly bytes: { readonly in: number; readonly out: number };
  /** Resident memory of the process. */
  readonly rssBytes: number;
  /** Objects (or requests) that are worked on, the oldest first; at most 50. */
  readonly working: readonly WorkingObject[];
  /** The last objects (or requests) that ended, the latest first; at most 50. */
  readonly ended: readonly EndedObject[];
  /** The most frequent reason first. */
  readonly rejects: readonly RejectsOfReason[];
  /** Warnings and errors of the last hour, the latest first; at most 100, equal ones together. */
  readonly troubles: readonly Trouble[];
}

/** What became of the source's objects so far. */
export interface ObjectTotals {
  /** Listed so far. */
  found: number;
  /** Were processed before this run. */
  skipped: number;
  done: number;
  failed: number;
  /** Disappeared between listing and reading. */
  gone: number;
  /** Are not record files, or not selected. */
  ignored: number;
}

/** How many jobs a queue has in each state. */
export interface QueueFigures {
  /** Wait for a worker to claim them. */
  readonly waiting: number;
  /** Have failed and wait for their next try. */
  readonly delayed: number;
  readonly active: number;
  /** Have failed for good; kept until they are retried or dropped. */
  readonly failed: number;
  /** Age of the oldest waiting job, in seconds; `undefined` if no job waits. */
  readonly oldestSeconds: number | undefined;
  /** Workers that are connected. */
  readonly workers: number;
}

/** The state of a queue when it was last read; plain JSON. */
export interface QueueView extends QueueFigures {
  /** The queue's name and address, for people. */
  readonly queue: string;
  /** Whether the last attempt to read it failed: the figures are older ones. */
  readonly isDown: boolean;
}

/** What asking about each distinct question once has saved, compared with asking about every record. */
export interface Saved {
  /** Records answered without a question of their own. */
  readonly questions: number;
  /** Calls that a client with one question a call makes, less the calls made. */
  readonly calls: number;
  /** What those questions would have cost, at `--price-per-1000`; absent without a price. */
  readonly money?: number;
  /** What the questions asked have cost. */
  readonly spent?: number;
}

export interface WorkingObject {
  readonly name: string;
  /** Size as stored; absent where it is not known. */
  readonly bytes?: number;
  readonly bytesRead: number;
  readonly records: number;
  readonly startedMs: number;
}

export interface EndedObject {
  readonly name: string;
  readonly outcome: "done" | "skipped" | "gone" | "failed";
  readonly records: number;
  readonly rejected: number;
  readonly seconds: number;
  readonly endedMs: number;
}

export interface RejectsOfReason {
  readonly reason: RejectReason;
  readonly count: number;
  /** The latest of them. */
  readonly sample?: { readonly object: string; readonly line: number; readonly text: string };
}

export interface Trouble {
  readonly level: "warning" | "error";
  readonly message: string;
  /** How often in the last hour. */
  readonly count: number;
  /** The latest time. */
  readonly timeMs: number;
}

/** One second of a process's life, for the page's charts. */
export interface Point {
  readonly timeMs: number;
  readonly linesPerSecond: number;
  /** Keys of this second that needed no question, 0 to 1; `null` where there were none. */
  readonly hitRatio: number | null;
  readonly questionsWaiting: number;
  readonly callsPerSecond: number;
  /** Mean time of the calls that ended in this second; `null` where there were none. */
  readonly callSeconds: number | null;
}
