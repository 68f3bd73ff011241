import { LRUCache } from "lru-cache";
import { decodeKey } from "../recipe/key.ts";
import { Agreement, type AgreementOptions, type AgreementStats, leastSimilarity } from "./agreement.ts";
import type { Claim } from "../answers/claim.ts";
import { similarity, titleShape } from "./title_shape.ts";

/** A title whose answer the model gave, or is being asked for. */
interface Representative {
  readonly grams: Uint32Array;
  answer: number | undefined;
  /** Its question, while it has no answer. */
  claim: Claim | undefined;
  /** Titles of the sample that were answered before it. */
  readonly compared: { readonly similarity: number; readonly answer: number }[];
}

/** Where a title stands among those that are known. */
export interface TitleGroup {
  readonly key: string;
  readonly group: string;
  readonly grams: Uint32Array;
  readonly nearest: { readonly representative: Representative; readonly similarity: number } | undefined;
}

/** Titles that are kept to be compared with, in all and of one group; some 500 bytes each. */
const maxRepresentatives = 50_000, maxGroupRepresentatives = 32;
/** Shared answers that are remembered. */
const maxShared = 100_000;

/**
 * Near titles: those of one company that differ in no word that carries a level, and hardly in the others. One of them is
 * asked, and the others share its answer, as long as {@linkcode Agreement} allows it. What is shared is kept here only, and
 * forgotten when sharing ceases.
 */
export class NearTitles {
  readonly #agreement: Agreement;
  /** By company and level words; the least recently used group leaves first. */
  readonly #groups = new LRUCache<string, Representative[]>({
    maxSize: maxRepresentatives,
    sizeCalculation: (representatives) => representatives.length,
  });
  /** Those that are asked, by key, with what they are compared with when they are answered. */
  readonly #asked = new Map<
    string,
    { place: TitleGroup; representative: Representative; isSampled: boolean }
  >();
  readonly #shared = new LRUCache<string, number>({ max: maxShared });

  constructor(options: AgreementOptions) {
    this.#agreement = new Agreement({
      ...options,
      onChange: (message, level) => {
        if (!this.#agreement.isOn) this.#shared.clear();
        options.onChange(message, level);
      },
    });
  }

  get stats(): AgreementStats {
    return this.#agreement.stats;
  }

  /** Whether answers are shared at present. */
  get isOn(): boolean {
    return this.#agreement.isOn;
  }

  /** An answer that the key has shared before. */
  recall(key: string): number | undefined {
    return this.#shared.get(key);
  }

  /** Remembers that the key has shared an answer. */
  remember(key: string, answer: number): void {
    this.#shared.set(key, answer);
  }

  /** Finds the nearest title; `undefined` where the title cannot share. */
  place(key: string): TitleGroup | undefined {
    const { company, title } = decodeKey(key);
    const shape = titleShape(title);
    if (shape === undefined) return undefined;
    const group = `${company}\n${shape.level}`;
    let nearest: TitleGroup["nearest"];
    for (const representative of this.#groups.get(group) ?? []) {
      const near = similarity(shape.grams, representative.grams);
      if (near < leastSimilarity || near <= (nearest?.similarity ?? 0)) continue;
      nearest = { representative, similarity: near };
      if (near === 1) break;
    }
    return { key, group, grams: shape.grams, nearest };
  }

  /** Whose answer the title shares; `undefined` where it has to be asked. */
  leader({ key, nearest }: TitleGroup): Representative | undefined {
    if (nearest === undefined || !this.#agreement.allows(nearest.similarity)) return undefined;
    return this.#agreement.isSampled(key) ? undefined : nearest.representative;
  }

  /** Says that the title is asked: others may share its answer. */
  asked(place: TitleGroup, claim: Claim): void {
    const isSampled = place.nearest !== undefined && this.#agreement.isSampled(place.key);
    this.#asked.set(place.key, { place, representative: this.#add(place, undefined, claim), isSampled });
  }

  /** Says what the cache knows of a title. */
  known(key: string, answer: number): void {
    const place = this.place(key);
    // One that is all but there need not be there twice.
    if (place !== undefined && place.nearest?.similarity !== 1) this.#add(place, answer, undefined);
  }

  /** Says what the model has answered. */
  answered(key: string, answer: number): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    const { isSampled, place: { nearest }, representative } = asked;
    representative.answer = answer;
    representative.claim = undefined;
    for (const other of representative.compared) {
      this.#agreement.observe(other.similarity, other.answer === answer);
    }
    representative.compared.length = 0;
    if (!isSampled || nearest === undefined) return;
    const known = nearest.representative;
    if (known.answer !== undefined) this.#agreement.observe(nearest.similarity, known.answer === answer);
    else if (known.claim !== undefined) known.compared.push({ similarity: nearest.similarity, answer });
  }

  /** Says that the title got no answer. */
  failed(key: string): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    const { place: { group }, representative } = asked;
    representative.claim = undefined;
    representative.compared.length = 0;
    const others = (this.#groups.peek(group) ?? []).filter((other) => other !== representative);
    if (others.length === 0) this.#groups.delete(group);
    else this.#groups.set(group, others);
  }

  #add({ grams, group }: TitleGroup, answer: number | undefined, claim: Claim | undefined): Representative {
    const representative: Representative = { grams, answer, claim, compared: [] };
    const representatives = (this.#groups.get(group) ?? []).slice(-(maxGroupRepresentatives - 1));
    this.#groups.set(group, [...representatives, representative]);
    return representative;
  }
}
