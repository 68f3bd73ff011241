import { kindOf } from "../errors/sluice_error.ts";
import type { TellFields } from "../text/tell.ts";

/** The fields of a failure's line in the log: its kind, and the address of the object that failed. */
export function failureFields(error: unknown, object?: string): TellFields {
  return { kind: kindOf(error), ...(object === undefined ? {} : { object }) };
}
