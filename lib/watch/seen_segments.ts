import type { StoredObject } from "../stores/store.ts";

/** Mean length of a segment, in objects; a power of two. */
const meanObjects = 512;
/** The longest a segment may be, in objects. */
const maxObjects = 2_048;
/** How long a segment counts as processed, in milliseconds: then its outputs are read again. */
const believedMs = 24 * 3_600_000;

/** Consecutive objects of a listing. */
export interface ListingSegment {
  /** The name before the first one; empty at the beginning of the listing. */
  readonly after: string;
  readonly objects: readonly StoredObject[];
}

/**
 * Cuts a listing into segments, about 512 objects each. Where one ends depends only on the names, so that a late
 * object changes only the segment that it falls into. Buffers one segment.
 */
export async function* segmentsOf(
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
 * Remembers which segments of a listing are completely processed, by a digest of their names and ETags: about 100 bytes
 * for 512 objects.
 */
export class SeenSegments {
  /** By digest: when its outputs were read, and the last pass in which it was seen. */
  readonly #done = new Map<string, { readonly checkedMs: number; pass: number }>();
  #pass = 0;

  get size(): number {
    return this.#done.size;
  }

  /** Whether all of it is known to be processed. */
  async has(segment: ListingSegment, nowMs: number): Promise<boolean> {
    const digest = await digestOf(segment);
    const seen = this.#done.get(digest);
    if (seen === undefined) return false;
    seen.pass = this.#pass;
    // Not all at the same time: the first digit of the digest spreads them over the last quarter of the day.
    return nowMs - seen.checkedMs < believedMs * (1 - parseInt(digest[0]!, 16) / 64);
  }

  async add(segment: ListingSegment, nowMs: number): Promise<void> {
    this.#done.set(await digestOf(segment), { checkedMs: nowMs, pass: this.#pass });
  }

  /** Call it when the whole listing has been read: forgets segments that were not seen in it. */
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
