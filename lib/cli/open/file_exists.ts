import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";

/**
 * Whether there is a file or folder of this path.
 *
 * @throws {SluiceError} That cannot be found out.
 */
export async function fileExists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new SluiceError({
      kind: "input",
      action: "look at",
      subject: path,
      reason: reasonOf(error),
      cause: error,
    });
  }
}
