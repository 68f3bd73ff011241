/** Names that are remembered, and their length in UTF-16 units: enough to find the one that was meant. */
const maxFields = 20, maxFieldLength = 60;

/** Which fields records have, for messages about one that they lack. Keeps the first 20 names. */
export class FoundFields {
  readonly #names = new Set<string>();
  #hasMore = false;

  /** Whether all names are kept that have come. */
  get isWhole(): boolean {
    return !this.#hasMore;
  }

  add(names: Iterable<string>): void {
    for (const name of names) {
      const kept = name.length > maxFieldLength ? `${name.slice(0, maxFieldLength)}…` : name;
      if (this.#names.has(kept)) continue;
      if (this.#names.size >= maxFields) {
        this.#hasMore = true;
        return;
      }
      this.#names.add(kept);
    }
  }

  addAll(other: FoundFields): void {
    this.add(other.#names);
    this.#hasMore ||= other.#hasMore;
  }

  /** `(found: id, employer, "job title", …)`. */
  toString(): string {
    if (this.#names.size === 0) return "(found: no other)";
    const shown = [...this.#names].map((name) =>
      /^[\p{L}\p{N}_.$-]+$/u.test(name) ? name : JSON.stringify(name)
    );
    return `(found: ${[...shown, ...this.#hasMore ? ["…"] : []].join(", ")})`;
  }
}
