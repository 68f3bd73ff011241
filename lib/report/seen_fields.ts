import { FoundFields } from "../records/found_fields.ts";
import { plural } from "../text/format.ts";

/** Records whose fields are looked at for a message: the first ones of a report. */
const maxLookedAt = 1_000;

/** Which of a report's fields some record has, and which fields records have at all. */
export class SeenFields {
  readonly found: FoundFields = new FoundFields();
  readonly #by: readonly string[];
  readonly #isSeen: boolean[];
  #lookedAt = 0;

  /** @param by The fields that make the groups. */
  constructor(by: readonly string[]) {
    this.#by = by;
    this.#isSeen = by.map(() => false);
  }

  /** Takes note that a record has one of the fields, by its place. */
  see(place: number): void {
    this.#isSeen[place] = true;
  }

  /** Takes note that records have all of them. */
  seeAll(): void {
    this.#isSeen.fill(true);
  }

  /** Takes note of the fields that a record has. */
  look(record: object): void {
    if (this.#lookedAt++ < maxLookedAt) this.found.add(Object.keys(record));
  }

  /**
   * Says which fields no record has, and which there are; undefined if none is missing.
   *
   * @param records How many there are.
   */
  missingText(records: number): string | undefined {
    const missing = this.#by.filter((_, i) => !this.#isSeen[i]).map((name) => JSON.stringify(name));
    if (missing.length === 0) return undefined;
    const fields = `the ${missing.length === 1 ? "field" : "fields"} ${missing.join(" or ")}`;
    const which = records === 1
      ? "its only record does not have"
      : `none of ${plural(records, "record")} has`;
    return `${which} ${fields} ${this.found}: name another with --by`;
  }
}
