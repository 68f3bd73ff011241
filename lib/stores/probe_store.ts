import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { plural } from "../text/format.ts";
import { newProbeName } from "./probe_name.ts";
import {
  ConditionFailedError,
  type Store,
  type StoredObject,
  type WriteCondition,
  WriteConflictError,
} from "./store.ts";

/** How long removing what a probe has written may take, in milliseconds. */
const removeTimeoutMs = 15_000;
/** Writes that are tried at once, of which one may succeed. */
const writesAtOnce = 8;
/** How often that is tried: a race is not lost each time. */
const races = 3;
/** An ETag that no object has. */
const staleEtag = "00000000000000000000000000000000";

/** The first page of a store's listing in a sentence. */
export async function describeStore(store: Store, signal: AbortSignal): Promise<string> {
  let first: StoredObject[] = [];
  for await (const page of store.list(signal)) {
    first = page;
    break;
  }
  if (first.length === 0) return `${store.url}: no objects`;
  return `${store.url}: ${plural(first.length, "object")} in the first page of its listing, from ${
    first[0]!.name
  } on`;
}

/**
 * Tries what a run does at a store, on an object that is removed again: to remove objects, to begin, list and abort uploads,
 * to write at once and in parts, and whether conditions are kept, also by writes at once.
 *
 * @throws {SluiceError} With all that does not work, each with its reason; and with what is left behind, if it cannot be
 * removed.
 */
export async function probeStore(store: Store, signal: AbortSignal): Promise<string> {
  const probe = new StoreProbe(store, signal);
  // First of all: what cannot be removed is not written.
  const mayRemove = await probe.tries(() => store.remove(probe.name, signal));
  await probe.tries(() => probe.abortsUpload());
  if (mayRemove) {
    try {
      await probe.tries(() => probe.keepsConditions());
      await probe.tries(() => probe.hasOneWinner());
    } finally {
      await store.remove(probe.name, AbortSignal.timeout(removeTimeoutMs)).catch((error) => {
        probe.problems.push(`${reasonOf(error)}: it was left there`);
      });
    }
  } else {probe.problems.push(
      "whether conditions are kept was not tried, since the objects for it would be left there",
    );}
  signal.throwIfAborted();
  if (probe.problems.length === 0) {
    return `${store.url}: objects can be written, also in parts, and removed; uploads can be listed and aborted; ` +
      `conditions are kept, and of ${writesAtOnce} writes at once one succeeds`;
  }
  throw new SluiceError({
    kind: "sink",
    action: "rely on",
    subject: store.url,
    reason: probe.problems.join("; "),
  });
}

const bytes = new TextEncoder().encode("{}\n");

class StoreProbe {
  readonly name = newProbeName();
  readonly problems: string[] = [];
  readonly #store: Store;
  readonly #signal: AbortSignal;

  constructor(store: Store, signal: AbortSignal) {
    this.#store = store;
    this.#signal = signal;
  }

  /** Resolves to whether it went through; else keeps why it did not. */
  async tries(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#signal.throwIfAborted();
      this.problems.push(reasonOf(error, this.#store.url));
      return false;
    }
  }

  async abortsUpload(): Promise<void> {
    const upload = await this.#store.startUpload(this.name, this.#options("always"));
    await this.tries(async () => {
      for await (const _ of this.#store.unfinishedUploads(this.#signal)) break;
    });
    try {
      await this.#store.removeUpload(this.name, upload.id, this.#signal);
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  async keepsConditions(): Promise<void> {
    await this.#inParts({ ifAbsent: true });
    const ignored: string[] = [];
    const refuses = async (what: string, write: () => Promise<unknown>) => {
      if (await this.#isRefused(write)) return;
      ignored.push(what);
    };
    await refuses("If-None-Match when an upload is completed", () => this.#inParts({ ifAbsent: true }));
    await refuses("If-Match when an upload is completed", () => this.#inParts({ ifEtag: staleEtag }));
    await refuses("If-None-Match", () => this.#put({ ifAbsent: true }));
    await refuses("If-Match", () => this.#put({ ifEtag: staleEtag }));
    if (ignored.length > 0) {
      this.problems.push(`the server replaces objects despite ${ignored.join(", ")}; ${consequence}`);
    }
    const { etag } = await this.#store.head(this.name, this.#signal) ?? {};
    if (etag === undefined) {
      throw new Error("the server does not find an object that was written a moment ago");
    }
    if (await this.#isRefused(() => this.#put({ ifEtag: etag }))) {
      throw new Error(`the server refuses to replace an object under the ETag that it names for it, ${etag}`);
    }
  }

  /** Writes the same object several times at once, as if it were new. */
  async hasOneWinner(): Promise<void> {
    for (let race = 0; race < races; race++) {
      await this.#store.remove(this.name, this.#signal);
      const refused = await Promise.all(
        Array.from({ length: writesAtOnce }, () => this.#isRefused(() => this.#put({ ifAbsent: true }))),
      );
      const winners = refused.filter((isRefused) => !isRefused).length;
      if (winners === 1) continue;
      throw new Error(
        `of ${writesAtOnce} writes of a new object at once, ${winners} succeeded instead of 1; ${consequence}`,
      );
    }
  }

  async #isRefused(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return false;
    } catch (error) {
      if (error instanceof ConditionFailedError || error instanceof WriteConflictError) return true;
      throw error;
    }
  }

  #put(condition: WriteCondition): Promise<string> {
    return this.#store.put(this.name, bytes.slice(), this.#options(condition));
  }

  async #inParts(condition: WriteCondition): Promise<void> {
    const upload = await this.#store.startUpload(this.name, this.#options(condition));
    try {
      await upload.part(1, 0, bytes.slice(), this.#signal);
      await upload.complete(this.#signal);
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  #options(condition: WriteCondition) {
    return { condition, contentType: "application/x-ndjson", signal: this.#signal };
  }
}

/** What it means if conditions are not kept. */
const consequence =
  "two runs at once may overwrite each other's outputs there: let one run at a time write there, " +
  "or workers of one queue";
