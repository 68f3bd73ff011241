import { SluiceError } from "../../errors/sluice_error.ts";

/** UTF-16 units of a value that a message quotes. */
const maxValueLength = 100;

/** A value that does not fit its column. */
export interface Misfit {
  /** As JSON. */
  readonly value: string;
  /** The column's type, as SQL writes it. */
  readonly type: string;
}

/**
 * A table without `sluice_rest` is given something that has no place in its columns.
 *
 * @param line Of the output, from 1.
 * @param name The field's, as JSON.
 * @param misfit Absent if there is no column for the field.
 */
export function noPlace(line: number, name: string, misfit?: Misfit): SluiceError {
  const why = misfit === undefined
    ? "there is no such column"
    : `${cut(misfit.value)} does not fit its column of type ${misfit.type}`;
  return new SluiceError({
    kind: "data",
    action: "make a row",
    reason:
      `line ${line} has no place for ${name}: ${why}, and the table has no column sluice_rest of type jsonb for such`,
  });
}

function cut(value: string): string {
  return value.length <= maxValueLength ? value : `${value.slice(0, maxValueLength)}…`;
}
