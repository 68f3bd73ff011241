import type { SharingStats } from "../answers/shortcut.ts";
import type { KeyCounts } from "../answers/key_counts.ts";
import type { RejectReason } from "../records/batch.ts";
import type { WorkEstimate } from "./work_estimate.ts";

/** The state of a process, as its page shows it; plain JSON. Counts are since the process started. */
export interface Snapshot {
  readonly version: string;
  readonly command: "run" | "watch" | "work" | "serve";
  /** `waiting` for objects or requests; `draining`: shutting down; `ended`: the run is over. */
  readonly state: "working" | "waiting" | "draining" | "ended";
  readonly startedMs: number;
  readonly nowMs: number;
  /** Source and destination of the objects; absent if requests are served. */
  readonly from?: string;
  readonly to?: string;
  readonly records: {
    readonly in: number;
    readonly out: number;
    readonly rejected: number;
    readonly blank: number;
  };
  readonly keys: Readonly<KeyCounts>;
  /** How similar titles agree; absent if they do not share answers. */
  readonly nearTitles?: SharingStats;
  readonly saved: Saved;
  readonly model: {
    readonly url: string;
    readonly calls: number;
    readonly questions: number;
    readonly retries: number;
    /** Time spent in calls, summed over parallel calls. */
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
    /** Whether it is not used for a while because reads or writes failed. */
    readonly isDown: boolean;
  };
  /** Absent if requests are served. */
  readonly objects?: Readonly<ObjectTotals> & { readonly failedAttempts: number };
  /** How much is finished, and how long the rest takes; only of a run. */
  readonly progress?: WorkEstimate;
  /** Only if requests are served. */
  readonly requests?: {
    readonly underWay: number;
    readonly done: number;
    readonly failed: number;
    /** Rejected because too many were in flight. */
    readonly refused: number;
  };
  /** The job queue; absent without a queue, or before its first reply. */
  readonly fleet?: QueueView;
  readonly bytes: { readonly in: number; readonly out: number };
  /** Resident memory of the process. */
  readonly rssBytes: number;
  /** Objects (or requests) in progress, the oldest first; at most 50. */
  readonly working: readonly WorkingObject[];
  /** The last objects (or requests) that ended, the latest first, each object once; at most 50. */
  readonly ended: readonly EndedObject[];
  /** The most frequent reason first. */
  readonly rejects: readonly RejectsOfReason[];
  /** Warnings and errors of the last hour, the latest first; at most 100, equal ones counted together. */
  readonly troubles: readonly Trouble[];
}

/** What became of the source's objects so far; each is counted once however often it is tried. */
export interface ObjectTotals {
  /** Listed so far. */
  found: number;
  /** Were processed before this run. */
  skipped: number;
  done: number;
  /** Could not be processed, and have not been since. */
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
  /** The queue's name and address, for display. */
  readonly queue: string;
  /** Whether the last attempt to read it failed: the figures are older ones. */
  readonly isDown: boolean;
}

/** What asking about each distinct question once has saved, compared with asking about every record. */
export interface Saved {
  /** Records answered without a model question of their own. */
  readonly questions: number;
  /** Calls that a client with one question per call would have made, less the calls made. */
  readonly calls: number;
  /** What those questions would have cost, at `--price-per-1000`; absent without a price. */
  readonly money?: number;
  /** What the questions have cost. */
  readonly spent?: number;
}

export interface WorkingObject {
  readonly name: string;
  /** Size as stored; absent if it is unknown. */
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
  /** How often it was tried since it was last processed, this time included. */
  readonly tries: number;
  /** Of the last try. */
  readonly seconds: number;
  readonly endedMs: number;
}

export interface RejectsOfReason {
  readonly reason: RejectReason;
  readonly count: number;
  /** The latest one. */
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

/** Points that are kept and shown, one for each second: the last ten minutes. */
export const maxPoints = 600;

/** One second of a process, for the page's charts. */
export interface Point {
  readonly timeMs: number;
  readonly linesPerSecond: number;
  /** Share of this second's keys that needed no question, 0 to 1; `null` if there were no keys. */
  readonly hitRatio: number | null;
  readonly questionsWaiting: number;
  readonly callsPerSecond: number;
  /** Mean duration of the calls that ended in this second; `null` if none did. */
  readonly callSeconds: number | null;
}
