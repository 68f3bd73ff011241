/**
 * A file of certificates or a key.
 *
 * @param what For the error: `certificate authorities`.
 * @throws {Error} It cannot be read, or is not PEM.
 */
export async function readPem(what: string, path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    throw new Error(`Cannot read ${what} ${path}: ${cause.message}`, { cause });
  });
  // Deno takes anything here, and fails with the first call.
  if (!text.includes("-----BEGIN ")) throw new Error(`Cannot use ${what} ${path}: it is not PEM`);
  return text;
}
