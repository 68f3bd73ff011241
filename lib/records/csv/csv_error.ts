import { SluiceError } from "../../errors/sluice_error.ts";

/** Why bytes cannot be read as CSV. Whose bytes they are is for the caller to say. */
export function csvError(reason: string): SluiceError {
  return new SluiceError({ kind: "data", action: "read CSV", reason });
}
