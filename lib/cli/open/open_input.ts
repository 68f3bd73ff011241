import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";

/** Opens a file for reading. */
export async function openInput(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  try {
    return (await Deno.open(path)).readable;
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : reasonOf(error);
    throw new SluiceError({ kind: "input", action: "read", subject: path, reason, cause: error });
  }
}
