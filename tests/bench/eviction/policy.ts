/** A cache that has room for so many keys, and says of keys only whether it has them. */
export interface BoundedCache {
  /** Looks a key up, which may count as a use of it. */
  has(key: number): boolean;
  /** Puts in a key that was not found, in place of others where there is no room. */
  add(key: number): void;
}

/** What leaves when there is no room. */
export interface Policy {
  readonly name: string;
  /** @param capacity Keys that there is room for, from 1. */
  open(capacity: number): BoundedCache;
}
