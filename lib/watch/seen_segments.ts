import type { StoredObject } from "../stores/store.ts";

/** Mean length of a stretch, in objects; a power of two. */
const meanObjects = 512;
/** The longest a stretch may be, in objects. */
const maxObjects = 2_048;
/** How long it is believed that a stretch is done, in milliseconds: then its outputs are looked at again. */
const believedMs = 24 * 3_600_000;

/** Consecutive objects of a listing. */
export interface ListingSegment {
  /** The name before the first one; empty at the beginning of the listing. */
  readonly after: string;
  readonly objects: readonly StoredObject[];
}

/**
 * Cuts a listing into stretches, some 512 objects each. Where one ends depends on the names alone, so that a late
 * object changes the stretch that it falls into and no other. Buffers one stretch.
 */
export async function* stretchesOf(
  pages: AsyncIterable<readonly StoredObject[]>,
  after = "",
): AsyncGenerator<ListingSegment> {
  let objects: StoredObject[] = [];
  for await (const page of pages) {
    for (const object of page) {
      objects.push(object);
      if (!endsSegment(object.name) && objects.length < maxObjects) continue;
      yield { after, objects };
      after = object.name;
      objects = [];
    }
  }
  if (objects.length > 0) yield { after, objects };
}

/**
 * Remembers which stretches of a listing hold nothing but objects that are done, by a digest of their names and
 * ETags: some 100 bytes for 512 objects.
 */
export class SeenSegments {
  /** By digest: when its outputs were looked at, and in which pass it was met last. */
  readonly #done = new Map<string, { readonly checkedMs: number; pass: number }>();
  #pass = 0;

  get size(): number {
    return this.#done.size;
  }

  /** Whether all of it is known to be done. */
  async has(stretch: ListingSegment, nowMs: number): Promise<boolean> {
    const digest = await digestOf(stretch);
    const seen = this.#done.get(digest);
    if (seen === undefined) return false;
    seen.pass = this.#pass;
    // Not all on one day: the first digit of the digest spreads them over the last quarter.
    return nowMs - seen.checkedMs < believedMs * (1 - parseInt(digest[0]!, 16) / 64);
  }

  async add(stretch: ListingSegment, nowMs: number): Promise<void> {
    this.#done.set(await digestOf(stretch), { checkedMs: nowMs, pass: this.#pass });
  }

  /** Says that the whole listing has been walked: forgets what was not met in it. */
  endOfPass(): void {
    for (const [digest, { pass }] of this.#done) if (pass !== this.#pass) this.#done.delete(digest);
    this.#pass++;
  }
}

/** FNV-1a, 32 bits, http://www.isthe.com/chongo/tech/comp/fnv/, over UTF-16 units. */
function endsSegment(name: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return ((hash ^ hash >>> 16) & (meanObjects - 1)) === 0;
}

async function digestOf({ objects }: ListingSegment): Promise<string> {
  const text = JSON.stringify(objects.map(({ name, etag }) => [name, etag]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}
