import { type ErrorKind, SluiceError } from "../../errors/sluice_error.ts";

/** Whether a failure says that nothing is there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop;
}

/** The error for a failure of the file system. */
export function fileFailure(kind: ErrorKind, action: string, subject: string, cause: unknown): SluiceError {
  return SluiceError.from(cause, { kind, action, subject });
}
