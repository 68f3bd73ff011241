import { kindOf } from "../errors/sluice_error.ts";
import type { TellFields } from "../text/tell.ts";

/** The fields of a failure's line in the log: its kind, and the name of the object that failed, as in the lines about objects that succeed. */
export function failureFields(error: unknown, object?: string): TellFields {
  return { kind: kindOf(error), ...(object === undefined ? {} : { object }) };
}
