import { access, constants, rename, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { permissionReason } from "../../errors/permission_reason.ts";
import { type ErrorKind, reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { flagOf } from "../../settings/names.ts";

export interface CheckCreatableOptions {
  readonly kind: ErrorKind;
  /** The setting that names the path. */
  readonly setting: string;
}

/**
 * Whether a path may be written, or created where it is not there yet, as far as that can be known without writing.
 *
 * @throws {SluiceError} It is below a file, or this user may not write there.
 */
export async function checkCreatable(path: string, { kind, setting }: CheckCreatableOptions): Promise<void> {
  const unusable = (reason: string, cause?: unknown) =>
    new SluiceError({
      kind,
      action: "write to",
      subject: path,
      reason: `${reason}; name another path with ${flagOf(setting)}`,
      cause,
    });
  let nearest = resolve(path);
  for (;;) {
    try {
      const isFolder = (await stat(nearest)).isDirectory();
      if (!isFolder && nearest !== resolve(path)) throw unusable(`${nearest} is a file, not a folder`);
      // Of a folder that is not there, all that is above is created with it.
      await access(nearest, isFolder ? constants.W_OK | constants.X_OK : constants.W_OK);
      await refuseReadOnly(isFolder ? nearest : dirname(nearest));
      return;
    } catch (cause) {
      if (cause instanceof SluiceError) throw cause;
      const { code } = cause as { readonly code?: string };
      const above = dirname(nearest);
      if ((code === "ENOENT" || code === "ENOTDIR") && above !== nearest) {
        nearest = above;
        continue;
      }
      throw unusable(reasonFor(code, nearest) ?? permissionReason(cause as Error) ?? reasonOf(cause), cause);
    }
  }
}

/** Renames what is not there: a file system that is read-only says so first, and nothing is changed on others. */
async function refuseReadOnly(folder: string): Promise<void> {
  const absent = join(folder, `.${crypto.randomUUID()}`);
  await rename(absent, `${absent}-`).catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
}

function reasonFor(code: string | undefined, path: string): string | undefined {
  if (code === "EACCES") return `this user may not write to ${path}`;
  if (code === "EROFS") return `the file system of ${path} is read-only`;
  return undefined;
}
