import { LRUCache } from "lru-cache";
import { decodeKey } from "../recipe/key.ts";
import type { Claim } from "../answers/claim.ts";
import type { SharingStats, Shortcut, Taken } from "../answers/shortcut.ts";
import { Agreement, type AgreementOptions, leastSimilarity } from "./agreement.ts";
import { similarity, titleShape } from "./title_shape.ts";

/** A title that the model has answered, or is being asked about. */
interface Representative {
  readonly grams: Uint32Array;
  answer: number | undefined;
  /** Its question, while it has no answer. */
  claim: Claim | undefined;
  /** Titles of the sample that were answered before it. */
  readonly compared: { readonly similarity: number; readonly answer: number }[];
}

/** A title among those of its group. */
interface GroupedTitle {
  readonly key: string;
  readonly group: string;
  readonly grams: Uint32Array;
  readonly nearest: { readonly representative: Representative; readonly similarity: number } | undefined;
}

/** Titles kept for comparison, in all and of one group; some 500 bytes each. */
const maxRepresentatives = 50_000, maxGroupRepresentatives = 32;
/** Shared answers that are kept. */
const maxShared = 100_000;

/**
 * Near titles: titles of one company that differ in no word that carries a level, and little in the others. One of them is
 * asked, and the others share its answer, as long as {@linkcode Agreement} allows it. Shared answers are kept here only,
 * and dropped when sharing stops.
 */
export class NearTitles implements Shortcut {
  readonly #agreement: Agreement;
  /** By company and level words; the least recently used group leaves first. */
  readonly #groups = new LRUCache<string, Representative[]>({
    maxSize: maxRepresentatives,
    sizeCalculation: (representatives) => representatives.length,
  });
  /** Those that are asked, by key, with what they are compared with when they are answered. */
  readonly #asked = new Map<
    string,
    { title: GroupedTitle; representative: Representative; isSampled: boolean }
  >();
  readonly #shared = new LRUCache<string, number>({ max: maxShared });
  /** The title that was looked at last, for the call of `asked` that follows. */
  #latest: GroupedTitle | undefined;

  constructor(options: AgreementOptions) {
    this.#agreement = new Agreement({
      ...options,
      onChange: (message, level) => {
        if (!this.#agreement.isOn) this.#shared.clear();
        options.onChange(message, level);
      },
    });
  }

  stats(): SharingStats {
    return this.#agreement.stats;
  }

  /** Whether answers are shared at present. */
  get isOn(): boolean {
    return this.#agreement.isOn;
  }

  recall(key: string): Taken & { readonly answer: number } | undefined {
    const answer = this.#shared.get(key);
    return answer === undefined ? undefined : { origin: "cluster", answer };
  }

  /** Takes a title that may share the answer of a near one. */
  take({ key }: Pick<Claim, "key">): Taken | undefined {
    const title = this.#latest = this.#grouped(key);
    const { nearest } = title ?? {};
    if (nearest === undefined || !this.#agreement.allows(nearest.similarity)) return undefined;
    if (this.#agreement.isSampled(key)) return undefined;
    const { answer, claim } = nearest.representative;
    if (answer === undefined) return { origin: "cluster", leader: claim! };
    this.#shared.set(key, answer);
    return { origin: "cluster", answer };
  }

  asked(claim: Claim): void {
    const { key } = claim;
    const title = this.#latest?.key === key ? this.#latest : this.#grouped(key);
    if (title === undefined) return;
    const isSampled = title.nearest !== undefined && this.#agreement.isSampled(key);
    this.#asked.set(key, { title, representative: this.#add(title, undefined, claim), isSampled });
  }

  found(key: string, answer: number): void {
    const title = this.#grouped(key);
    // An equal one need not be there twice.
    if (title !== undefined && title.nearest?.similarity !== 1) this.#add(title, answer, undefined);
  }

  share(key: string, answer: number): boolean {
    if (!this.isOn) return false;
    this.#shared.set(key, answer);
    return true;
  }

  answered(key: string, answer: number): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    const { isSampled, title: { nearest }, representative } = asked;
    representative.answer = answer;
    representative.claim = undefined;
    for (const other of representative.compared) {
      this.#agreement.observe(other.similarity, other.answer === answer);
    }
    representative.compared.length = 0;
    if (!isSampled || nearest === undefined) return;
    const other = nearest.representative;
    if (other.answer !== undefined) this.#agreement.observe(nearest.similarity, other.answer === answer);
    else if (other.claim !== undefined) other.compared.push({ similarity: nearest.similarity, answer });
  }

  failed(key: string): void {
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    const { title: { group }, representative } = asked;
    representative.claim = undefined;
    representative.compared.length = 0;
    const others = (this.#groups.peek(group) ?? []).filter((other) => other !== representative);
    if (others.length === 0) this.#groups.delete(group);
    else this.#groups.set(group, others);
  }

  /** The title's group, and the nearest title in it; `undefined` if the title cannot share. */
  #grouped(key: string): GroupedTitle | undefined {
    const { company, title } = decodeKey(key);
    const shape = titleShape(title);
    if (shape === undefined) return undefined;
    const group = `${company}\n${shape.level}`;
    let nearest: GroupedTitle["nearest"];
    for (const representative of this.#groups.get(group) ?? []) {
      const near = similarity(shape.grams, representative.grams);
      if (near < leastSimilarity || near <= (nearest?.similarity ?? 0)) continue;
      nearest = { representative, similarity: near };
      if (near === 1) break;
    }
    return { key, group, grams: shape.grams, nearest };
  }

  #add({ grams, group }: GroupedTitle, answer: number | undefined, claim: Claim | undefined): Representative {
    const representative: Representative = { grams, answer, claim, compared: [] };
    const representatives = (this.#groups.get(group) ?? []).slice(-(maxGroupRepresentatives - 1));
    this.#groups.set(group, [...representatives, representative]);
    return representative;
  }
}
