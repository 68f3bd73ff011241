// @ts-types="@types/picomatch"
import picomatch from "picomatch";
import { formatOf, type RecordFormat } from "../records/record_format.ts";
import type { Remembered } from "./open_ledger.ts";
import { isOfShard, type Shard, shardSetting } from "./shard.ts";
import type { Sink } from "../sinks/sink.ts";
import type { Source } from "../sources/source.ts";
import type { SkippedObject, SkipReason } from "../stores/skipped_object.ts";
import { objectTime } from "./object_time.ts";
import { compareNames, type MarkedObject, type StoredObject } from "../stores/store.ts";
import { moment, type Settings, texts, toggle } from "../settings/setting.ts";

/** Which objects are taken. */
export const planSettings = {
  include: texts({ help: "Process only objects whose name matches; may be repeated", placeholder: "GLOB" }),
  exclude: texts({ help: "Skip objects whose name matches; may be repeated", placeholder: "GLOB" }),
  since: moment({
    help: "Process only objects from this time on, by the Unix time in their name, else by their date",
  }),
  until: moment({
    help: "Process only objects before this time, by the Unix time in their name, else by their date",
  }),
  shard: shardSetting,
  skipArchived: toggle({
    help:
      "Skip objects of S3 that are archived (GLACIER, DEEP_ARCHIVE) and not restored; without it they fail",
  }),
} satisfies Settings;

/** Whether objects are processed again. */
export const forceSettings = {
  force: toggle({ help: "Reprocess objects that are already processed" }),
} satisfies Settings;

/** Which objects of the source are wanted. */
export interface Selection {
  /** Globs of names; without any, all. A glob without `/` is held against the last part of the name. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** From then on, in seconds since 1970: by the unix time that the name begins with, else by date. */
  readonly since?: number;
  /** Before then. */
  readonly until?: number;
  /** Only those of one share. */
  readonly shard?: Shard;
  /** Skip objects that cannot be read before they are restored from an archive. */
  readonly skipArchived?: boolean;
  /** Takes files of any name as this; by default names say what is a record file. */
  readonly format?: RecordFormat;
  /** Do objects again that are done. */
  readonly force?: boolean;
}

export interface PlanOptions extends Selection {
  readonly source: Pick<Source, "url" | "abilities" | "list" | "head">;
  readonly destination: Pick<Sink, "url" | "list" | "head">;
  /** The recipe's fingerprint. */
  readonly fingerprint: string;
  /** Remembers marks, to spare requests. */
  readonly ledger?: Pick<Remembered, "get" | "set">;
  /** Called with what the source holds that is no object. */
  readonly onSkipped?: (skipped: SkippedObject) => void;
  readonly signal: AbortSignal;
}

/** What is to be made of one object of the source. */
export type Planned =
  | {
    readonly todo: "process";
    readonly object: StoredObject;
    readonly output: MarkedObject | undefined;
    /** Called once, when it is known what became of the object; with why, where it failed. */
    readonly onEnd?: (outcome: Outcome, reason?: string) => void;
  }
  | {
    readonly todo: "skip";
    readonly object: StoredObject;
    /** Of an output that is there already: how many rejects it has. */
    readonly rejects?: number;
  }
  | { readonly todo: "ignore"; readonly object: StoredObject; readonly reason: SkipReason };

/**
 * What became of an object: `skipped` where another process has done it in the meantime, `gone` where it is not there any
 * more, `ignored` where it turned out to hold no records, `left` where the job was stopped before its end.
 */
export type Outcome = "done" | "skipped" | "gone" | "ignored" | "failed" | "left";

/** Outputs whose marks are asked for at once. */
const maxHeadsInFlight = 16;

/**
 * Walks the source's listing beside the destination's, in the stores' order, and says of each object of the source
 * whether it is to be processed, is done already, or is ignored. Buffers a page of each listing.
 */
export async function* planObjects(options: PlanOptions): AsyncGenerator<Planned> {
  const { destination, onSkipped, signal, source } = options;
  const outputs = new Cursor(destination.list(signal, { anyOrder: true }));
  try {
    yield* planListed(source.list(signal, { anyOrder: true, onSkipped }), outputs, options);
  } finally {
    await outputs.close();
  }
}

/**
 * Says of each listed object whether it is to be processed, in their order. Where a listing is not in the stores' order, an
 * output that is not found along the way is asked for by itself.
 *
 * @param pages Of the source, in the stores' order, but for single objects.
 * @param outputs The destination's listing, from the first object on.
 */
export async function* planListed(
  pages: AsyncIterable<StoredObject[]> | Iterable<StoredObject[]>,
  outputs: Cursor,
  options: PlanOptions,
): AsyncGenerator<Planned> {
  const skipReason = skipReasonOf(options);
  const ahead: Promise<Planned>[] = [];
  let last: string | undefined;
  for await (const page of pages) {
    for (const object of page) {
      const isBehind = last !== undefined && compareNames(object.name, last) <= 0;
      if (!isBehind) last = object.name;
      const reason = skipReason(object);
      let output = isBehind ? undefined : await outputs.find(object.name);
      if (output === undefined && reason === undefined && (isBehind || outputs.isUnordered)) {
        output = await options.destination.head(object.name, options.signal);
      }
      const planned = reason === undefined
        ? planOne(object, output, options)
        : { todo: "ignore" as const, object, reason };
      ahead.push(Promise.resolve(planned));
      ahead.at(-1)!.catch(() => {}); // seen when its turn comes
      if (ahead.length > maxHeadsInFlight) yield await ahead.shift()!;
    }
  }
  for (const planned of ahead) yield await planned;
}

/** Whether an output is what this recipe makes of this object. */
export function isDone(object: StoredObject, output: MarkedObject | undefined, fingerprint: string): boolean {
  return output?.mark?.sourceEtag === object.etag && output.mark.recipe === fingerprint;
}

/** Says whether one object is to be processed; asks the destination for its mark where it is not remembered. */
export async function planOne(
  object: StoredObject,
  /** The output, as a listing of the destination shows it. */
  listed: StoredObject | undefined,
  { destination, fingerprint, force, ledger, signal }: PlanOptions,
): Promise<Planned> {
  if (listed === undefined) return { todo: "process", object, output: undefined };
  const mark = ledger?.get(destination.url, listed.name, listed.etag);
  const output = mark !== undefined ? { ...listed, mark } : await destination.head(listed.name, signal);
  if (!force && isDone(object, output, fingerprint)) {
    if (mark === undefined) ledger?.set(destination.url, output!.name, output!.etag, output!.mark!);
    return { todo: "skip", object, rejects: output!.mark!.rejects };
  }
  return { todo: "process", object, output };
}

/** Reads a listing along with another one, forwards only. */
export class Cursor {
  readonly #pages: AsyncIterator<StoredObject[]>;
  #page: StoredObject[] = [];
  #at = 0;
  #hasEnded = false;
  #isUnordered = false;

  constructor(pages: AsyncIterable<StoredObject[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** Whether objects came behind others that belong behind them: then some may be there that are not found. */
  get isUnordered(): boolean {
    return this.#isUnordered;
  }

  /** The object of that name, if the listing has it. Names must come in order. */
  async find(name: string): Promise<StoredObject | undefined> {
    while (!this.#hasEnded) {
      for (; this.#at < this.#page.length; this.#at++) {
        const order = compareNames(this.#page[this.#at]!.name, name);
        if (order > 0) return undefined;
        if (order === 0) return this.#page[this.#at];
      }
      const { done, value } = await this.#pages.next();
      this.#hasEnded = done === true;
      const before = this.#page.at(-1), next = value?.[0];
      if (before !== undefined && next !== undefined && compareNames(next.name, before.name) <= 0) {
        this.#isUnordered = true;
      }
      this.#page = done ? [] : value;
      this.#at = 0;
    }
  }

  async close(): Promise<void> {
    await this.#pages.return?.();
  }
}

/** Why objects are skipped; `undefined` for record files that the selection takes in. */
export function skipReasonOf(
  { include, exclude, since, until, shard, format }: Selection,
): (object: StoredObject) => SkipReason | undefined {
  const matcher = (globs: readonly string[] = []) => {
    const matchers = globs.map((glob) => picomatch(glob, { basename: !glob.includes("/"), dot: true }));
    return (name: string) => matchers.some((matches) => matches(name));
  };
  const included = include?.length ? matcher(include) : () => true;
  const excluded = matcher(exclude);
  return (object) => {
    if (excluded(object.name)) return "excluded";
    if (!included(object.name)) return "not_included";
    if (formatOf(object.name, format) === undefined) return "not_a_record_file";
    if (shard !== undefined && !isOfShard(object.name, shard)) return "other_shard";
    if (since === undefined && until === undefined) return undefined;
    const time = objectTime(object);
    return time >= (since ?? -Infinity) && time < (until ?? Infinity) ? undefined : "other_time";
  };
}
