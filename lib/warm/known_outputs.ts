import type { Source } from "../sources/source.ts";
import type { StoredObject } from "../stores/store.ts";
import type { OutputOrigin } from "./output_origin.ts";

export interface KnownOutputsOptions {
  readonly source: Pick<Source, "url" | "head">;
  readonly origin: OutputOrigin;
  /** Called with each of the first refused outputs. */
  readonly onRefused: (address: string, reason: string) => void;
  readonly signal: AbortSignal;
}

/** Outputs whose marks are read at once. */
const maxHeadsInFlight = 16;
/** Refused outputs that are named. */
const maxNamed = 100;

/** Of listed outputs, those whose answers may be stored; counts the others, and names the first ones. */
export class KnownOutputs {
  refused = 0;
  /** Of them, those that are refused whatever the user says. */
  finallyRefused = 0;
  trusted = 0;
  readonly refusals: { readonly object: string; readonly reason: string }[] = [];
  readonly #options: KnownOutputsOptions;

  constructor(options: KnownOutputsOptions) {
    this.#options = options;
  }

  /** In their order, as they are when their marks are read. */
  async *of(listed: AsyncIterable<StoredObject>): AsyncGenerator<StoredObject> {
    const ahead: Promise<StoredObject | undefined>[] = [];
    for await (const object of listed) {
      const judged = this.#judge(object);
      judged.catch(() => {}); // seen when its turn comes
      ahead.push(judged);
      if (ahead.length < maxHeadsInFlight) continue;
      const next = await ahead.shift()!;
      if (next !== undefined) yield next;
    }
    for (const judged of ahead) {
      const next = await judged;
      if (next !== undefined) yield next;
    }
  }

  async #judge(listed: StoredObject): Promise<StoredObject | undefined> {
    const { onRefused, origin, signal, source } = this.#options;
    const found = await source.head(listed.name, signal);
    if (found === undefined) return listed; // gone, as whoever reads it finds
    const verdict = await origin.judge(found.mark);
    if (verdict.take === "trusted") this.trusted++;
    if (verdict.take !== "refused") return found;
    this.refused++;
    if (verdict.isFinal) this.finallyRefused++;
    if (this.refusals.length < maxNamed) {
      this.refusals.push({ object: source.url + found.name, reason: verdict.reason });
      onRefused(source.url + found.name, verdict.reason);
    }
    return undefined;
  }
}
