import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";

/**
 * Opens a file for reading.
 *
 * @throws {SluiceError} There is no such file, it is a folder, or it cannot be opened.
 */
export async function openInput(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const failure = (error: unknown, reason = reasonOf(error)) =>
    new SluiceError({ kind: "input", action: "read", subject: path, reason, cause: error });
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path);
    if ((await file.stat()).isDirectory) throw new Error("it is a folder, not a file");
    return file.readable;
  } catch (error) {
    file?.close();
    throw error instanceof Deno.errors.NotFound ? failure(error, "there is no such file") : failure(error);
  }
}
