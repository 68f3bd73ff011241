import { open, stat } from "node:fs/promises";
import { SluiceError } from "../errors/sluice_error.ts";
import { ForeignFileError, type ForeignFileErrorOptions } from "./foreign_file.ts";

/** How much of a file is looked at, in bytes. */
const beginningBytes = 4096;

/**
 * Refuses to replace a file of this machine whose beginning is not like Sluice's. What is empty or no file (a device,
 * a pipe) holds nothing that could be lost.
 *
 * @param isOurs Whether a file of ours may begin like this; the last character may be cut.
 * @throws {ForeignFileError}
 */
export async function refuseForeignPath(
  path: string,
  isOurs: (beginning: string) => boolean,
  { flag }: Pick<ForeignFileErrorOptions, "flag"> = {},
): Promise<void> {
  const about = { kind: "sink", action: "write", subject: path } as const;
  if (!await isRegular(path)) return; // opening a pipe would wait for the other end
  const file = await open(path, "r").catch((error) => {
    if ((error as { code?: string }).code !== "ENOENT") throw SluiceError.from(error, about);
  });
  if (file === undefined) return;
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(beginningBytes));
    if (bytesRead === 0) return;
    const beginning = new TextDecoder().decode(buffer.subarray(0, bytesRead));
    if (!isOurs(beginning)) throw new ForeignFileError(path, { flag });
  } finally {
    await file.close();
  }
}

/** False too if there is nothing, or nothing can be seen of it: writing then says why. */
async function isRegular(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
