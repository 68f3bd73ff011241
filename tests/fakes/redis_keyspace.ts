/** What a database of the fake holds, in byte strings: strings and hashes that expire. */
export class RedisKeyspace {
  readonly #entries = new Map<string, Entry>();

  /** @throws {WrongType} The key holds a hash. */
  getString(key: string): string | undefined {
    const value = this.#live(key)?.value;
    if (value instanceof Map) throw new WrongType();
    return value;
  }

  /** Over whatever is there. */
  setString(key: string, value: string, expiresAt?: number): void {
    this.#entries.set(key, { value, expiresAt });
  }

  /** @throws {WrongType} The key holds a string. */
  getHash(key: string): ReadonlyMap<string, string> | undefined {
    const value = this.#live(key)?.value;
    if (typeof value === "string") throw new WrongType();
    return value;
  }

  /**
   * Sets fields of a hash, which is created if missing.
   *
   * @returns How many fields are new.
   */
  setFields(key: string, fields: Iterable<readonly [field: string, value: string]>): number {
    const hash = this.getHash(key) as Map<string, string> | undefined ?? new Map<string, string>();
    if (hash.size === 0) this.#entries.set(key, { value: hash });
    const before = hash.size;
    for (const [field, value] of fields) hash.set(field, value);
    return hash.size - before;
  }

  /** Removes fields; the hash too, when none is left. */
  deleteFields(key: string, fields: Iterable<string>): number {
    const hash = this.getHash(key) as Map<string, string> | undefined;
    let count = 0;
    for (const field of fields) if (hash?.delete(field)) count++;
    if (hash?.size === 0) this.#entries.delete(key);
    return count;
  }

  /** @returns Whether there is such a key. */
  expireAt(key: string, expiresAt: number): boolean {
    const entry = this.#live(key);
    if (entry !== undefined) entry.expiresAt = expiresAt;
    return entry !== undefined;
  }

  /** In milliseconds of unix time; `undefined` for never, or where there is no such key. */
  expiresAt(key: string): number | undefined {
    return this.#live(key)?.expiresAt;
  }

  has(key: string): boolean {
    return this.#live(key) !== undefined;
  }

  delete(key: string): boolean {
    return this.has(key) && this.#entries.delete(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.has(key));
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry?.expiresAt !== undefined && Date.now() >= entry.expiresAt ? undefined : entry;
  }
}

/** A command for one type met a key of another. */
export class WrongType extends Error {
  override readonly message = "WRONGTYPE Operation against a key holding the wrong kind of value";
}

interface Entry {
  readonly value: string | Map<string, string>;
  expiresAt?: number;
}
