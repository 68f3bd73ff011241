import { install } from "@sinonjs/fake-timers";
import {
  compareNames,
  type ListOptions,
  type MarkedObject,
  type StoredObject,
} from "../../lib/stores/store.ts";
import type { Planned } from "../../lib/jobs/plan.ts";
import { ListingFeed, type ListingFeedOptions } from "../../lib/watch/listing_feed.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

export const everyMs = 30_000;
export const fingerprint = "recipe";

/** A source of many objects that are listed and never read; counts the requests that S3 would get. */
export class ListedStore extends MemoryStore {
  readonly listed: StoredObject[] = [];
  readonly marks = new Map<string, MarkedObject>();
  pages = 0;
  heads = 0;
  fails = false;

  add(name: string, etag = "1"): void {
    const at = this.listed.findLastIndex((object) => compareNames(object.name, name) <= 0);
    const replaces = this.listed[at]?.name === name;
    this.listed.splice(replaces ? at : at + 1, replaces ? 1 : 0, { name, etag, bytes: 1, modifiedMs: 0 });
  }

  override async *list(
    signal: AbortSignal,
    { after = "" }: ListOptions = {},
  ): AsyncGenerator<StoredObject[]> {
    const first = this.listed.findIndex(({ name }) => compareNames(name, after) > 0);
    for (let at = first < 0 ? this.listed.length : first; at < this.listed.length; at += 1_000) {
      signal.throwIfAborted();
      this.pages++;
      if (this.fails) throw new Error("Cannot list: 503 SlowDown");
      yield this.listed.slice(at, at + 1_000);
    }
  }

  override head(name: string): Promise<MarkedObject | undefined> {
    this.heads++;
    return Promise.resolve(this.marks.get(name));
  }
}

export interface Watched {
  readonly source: ListedStore;
  readonly destination: ListedStore;
  readonly messages: string[];
  /** What was yielded since this was called last, "todo name". */
  taken(): string[];
  /** Says that what was taken is done, or failed. */
  end(outcome?: "done" | "failed" | "ignored"): void;
  /** Lets so many milliseconds go by. */
  pass(ms: number): Promise<void>;
  /** Sets the clock of the day back; how much time has gone by stays known. */
  setBack(ms: number): void;
}

export async function watched(
  work: (watch: Watched) => Promise<void>,
  options: Partial<ListingFeedOptions> = {},
) {
  const clock = install({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  const source = new ListedStore(), destination = new ListedStore();
  const messages: string[] = [];
  const stop = new AbortController();
  const feed = new ListingFeed({
    source,
    destination,
    fingerprint,
    everyMs,
    onTrouble: (message, level) => messages.push(`${level}: ${message}`),
    ...options,
  });
  let planned: Planned[] = [];
  let underWay: Planned[] = [];
  let running: Promise<unknown> | undefined;
  const start = () =>
    running ??= (async () => {
      for await (const one of feed.objects(stop.signal)) planned.push(one);
    })().catch((error) => error);
  /** Until the feed sleeps; digests take turns of the real event loop. */
  const settle = async () => {
    while (clock.countTimers() === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  try {
    await work({
      source,
      destination,
      messages,
      taken() {
        const some = planned;
        planned = [];
        underWay = underWay.concat(some);
        return some.map(({ todo, object }) => `${todo} ${object.name}`);
      },
      end(outcome = "done") {
        for (const one of underWay) {
          if (one.todo !== "process") continue;
          const { object, onEnd } = one;
          if (outcome === "done") markDone(destination, object);
          onEnd?.(outcome);
        }
        underWay = [];
      },
      async pass(ms) {
        start();
        await settle();
        await clock.tickAsync(ms);
        await settle();
      },
      setBack: (ms) => clock.setSystemTime(Date.now() - ms),
    });
  } finally {
    stop.abort(new Error("stop"));
    await running;
    clock.uninstall();
  }
}

export function markDone(destination: ListedStore, { name, etag }: StoredObject): void {
  const mark = { sourceEtag: etag, recipe: fingerprint, rejects: 0 };
  destination.add(name, `out ${etag}`);
  destination.marks.set(name, { name, etag: `out ${etag}`, bytes: 1, modifiedMs: 0, mark });
}

export const minute = (i: number) => `${1_700_000_000 + i * 60}.jsonl`;
