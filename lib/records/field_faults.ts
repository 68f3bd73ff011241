import { count, plural } from "../text/format.ts";
import { keyFieldFlag } from "../recipe/key_field_flag.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { FoundFields } from "./found_fields.ts";
import type { RejectReason } from "./reject.ts";

/** Which key fields records lack or hold in another form than text, and which fields they have instead. */
export class FieldFaults {
  readonly #faults: { readonly reason: RejectReason; readonly field: string; records: number }[] = [];
  readonly #found = new FoundFields();

  /** Whether the fields of one more record may be news. */
  get wantsFields(): boolean {
    return this.#found.isWhole;
  }

  /** Counts a reject, if it is for a key field. */
  count({ field, reason }: { readonly reason: RejectReason; readonly field?: string }): void {
    if (field !== undefined) this.#count(reason, field, 1);
  }

  /** Takes the names of the fields that a record has which lacks one. */
  found(fields: Iterable<string>): void {
    this.#found.add(fields);
  }

  /** Adds those of other records. */
  add(other: FieldFaults): void {
    for (const { field, reason, records } of other.#faults) this.#count(reason, field, records);
    this.#found.addAll(other.#found);
  }

  /** Whether the records have one fault, and all have it. */
  isWhole(records: number): boolean {
    return this.#faults.length === 1 && this.#faults[0]!.records === records;
  }

  /**
   * What is wrong, most frequent first, and what to do where most records lack a field: `all 500 records lack the field "company" (found: id,
   * employer): set --company-field`. Undefined where nothing is wrong with key fields.
   *
   * @param records That were judged, blank lines not counted.
   */
  text(records: number, recipe: Pick<Recipe, "companyField" | "titleField">): string | undefined {
    if (this.#faults.length === 0) return undefined;
    return this.#faults.toSorted((a, b) => b.records - a.records).map(({ field, reason, records: n }) => {
      const which = n < records
        ? `${count(n)} of ${plural(records, "record")}`
        : n === 1
        ? "its only record"
        : `all ${plural(n, "record")}`;
      const isMissing = reason === "missing_key_field";
      const hint = (isMissing ? ` ${this.#found}` : "") +
        (isMissing && 2 * n > records ? `: set ${keyFieldFlag(field, recipe)}` : "");
      return `${which} ${verbs[reason]?.[n === 1 ? 0 : 1]} the field ${JSON.stringify(field)}${hint}`;
    }).join("; ");
  }

  #count(reason: RejectReason, field: string, records: number): void {
    const known = this.#faults.find((fault) => fault.field === field && fault.reason === reason);
    if (known !== undefined) known.records += records;
    else this.#faults.push({ reason, field, records });
  }
}

/** What one record does, and what several do, to a field. */
const verbs: Partial<Record<RejectReason, readonly [one: string, several: string]>> = {
  missing_key_field: ["lacks", "lack"],
  null_key_field: ["has null in", "have null in"],
  key_field_not_text: ["has no text in", "have no text in"],
};
