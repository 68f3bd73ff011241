import type { Source } from "../sources/source.ts";
import type { StoredObject } from "../stores/store.ts";
import type { OriginVerdict, OutputOrigin } from "./output_origin.ts";

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
    const ahead: Promise<Judged>[] = [];
    for await (const object of listed) {
      const judged = this.#judge(object);
      judged.catch(() => {}); // seen when its turn comes
      ahead.push(judged);
      if (ahead.length < maxHeadsInFlight) continue;
      const next = await ahead.shift()!;
      if (this.#isTaken(next)) yield next.object;
    }
    for (const judged of ahead) {
      const next = await judged;
      if (this.#isTaken(next)) yield next.object;
    }
  }

  async #judge(listed: StoredObject): Promise<Judged> {
    const { origin, signal, source } = this.#options;
    const object = await source.head(listed.name, signal);
    // One that is gone is left to its reader, who finds that too.
    if (object === undefined) return { object: listed, verdict: { take: "known" } };
    return { object, verdict: await origin.judge(object.mark) };
  }

  #isTaken({ object, verdict }: Judged): boolean {
    const { onRefused, source } = this.#options;
    if (verdict.take === "trusted") this.trusted++;
    if (verdict.take !== "refused") return true;
    const { isFinal, reason } = verdict;
    this.refused++;
    if (isFinal) this.finallyRefused++;
    if (this.refusals.length < maxNamed) {
      this.refusals.push({ object: source.url + object.name, reason });
      onRefused(source.url + object.name, reason);
    }
    return false;
  }
}

interface Judged {
  readonly object: StoredObject;
  readonly verdict: OriginVerdict;
}
