import { QuotingError } from "../../errors/quoting_error.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { formText, otherForm } from "../forms/byte_form.ts";

/** Why bytes cannot be read as CSV. Whose bytes they are is for the caller to say. */
export function csvError(reason: string): SluiceError {
  return new SluiceError({ kind: "data", action: "read CSV", reason });
}

/**
 * Why a header row cannot be used, and what the bytes look like, if that is something else than CSV.
 *
 * @param head The first bytes.
 */
export function csvHeaderError(error: unknown, head: Uint8Array): unknown {
  const form = otherForm(head, "csv");
  if (!(error instanceof SluiceError) || form === undefined) return error;
  const { action, kind } = error;
  const guess = formText(form);
  return new QuotingError({
    kind,
    action,
    reason: `${error.reason}; ${guess}`,
    unquoted: { reason: `its header row cannot be used; ${guess}` },
  });
}
