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
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)];
  if (blocks.length === 0) throw new Error(`Cannot use ${what} ${path}: it is not PEM`);
  for (const [, , base64] of blocks) {
    if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(base64!)) {
      throw new Error(`Cannot use ${what} ${path}: it is damaged, what stands in it is not base64`);
    }
  }
  return text;
}

/**
 * A file of certificate authorities.
 *
 * @throws {Error} It cannot be read, or holds something else.
 */
export async function readAuthorities(path: string): Promise<string> {
  const what = "certificate authorities";
  const text = await readPem(what, path);
  try {
    Deno.createHttpClient({ caCerts: [text] }).close();
  } catch (cause) {
    throw new Error(`Cannot use ${what} ${path}: ${(cause as Error).message}`, { cause });
  }
  return text;
}
