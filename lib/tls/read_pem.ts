import { reasonOf, SluiceError } from "../errors/sluice_error.ts";

/**
 * A file of certificates or a key.
 *
 * @param what For the error: `certificate authorities`.
 * @throws {SluiceError} `settings`: it cannot be read, or is not PEM.
 */
export async function readPem(what: string, path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    throw new SluiceError({
      kind: "settings",
      action: `read ${what}`,
      subject: path,
      reason: `${reasonOf(cause)}; name a PEM file that is there`,
      cause,
    });
  });
  // Deno accepts anything here, and fails at the first call.
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)];
  if (blocks.length === 0) {
    throw unusable(what, path, "it is not PEM; name a file that begins with -----BEGIN …-----");
  }
  for (const [, , base64] of blocks) {
    if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(base64!)) {
      throw unusable(what, path, "it is damaged: its content is not base64");
    }
  }
  return text;
}

/**
 * A file of certificate authorities.
 *
 * @throws {SluiceError} `settings`: it cannot be read, or holds something else.
 */
export async function readAuthorities(path: string): Promise<string> {
  const what = "certificate authorities";
  const text = await readPem(what, path);
  try {
    Deno.createHttpClient({ caCerts: [text] }).close();
  } catch (cause) {
    throw unusable(what, path, reasonOf(cause), cause);
  }
  return text;
}

function unusable(what: string, path: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError({ kind: "settings", action: `use ${what}`, subject: path, reason, cause });
}
