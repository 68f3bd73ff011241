import { basename, dirname, resolve } from "node:path";
import { SluiceError } from "../errors/sluice_error.ts";
import { readAuthorities } from "../tls/read_pem.ts";
import { DirectoryStore } from "./directory/directory.ts";
import { parseObjectUrl } from "./object_url.ts";
import type { Store, StoredObject } from "./store.ts";
import type { S3Access } from "./store_settings.ts";

/** An object, and where it lives. */
export interface OpenedObject {
  readonly store: Store;
  readonly object: StoredObject;
}

/**
 * Opens one object at `s3://bucket/name`, a `file:` URL or a path, whatever its name is. Its store is to be closed.
 *
 * @throws {Error} There is no such object; it is a folder; or as `openStore`.
 */
export async function openObject(
  url: string,
  options: S3Access & { readonly signal: AbortSignal },
): Promise<OpenedObject> {
  const target = parseObjectUrl(url);
  if (target.kind === "postgres") throw unopenable("a database", "a file is wanted");
  const path = target.kind === "directory" ? resolve(target.path) : target.prefix.replace(/\/$/, "");
  const shown = target.kind === "directory" ? path : url;
  let store: Store;
  if (target.kind === "directory") {
    if ((await Deno.stat(path).catch(() => undefined))?.isDirectory) {
      throw unopenable(shown, "it is a folder, not a file");
    }
    store = new DirectoryStore(dirname(path));
  } else {
    if (path === "") throw unopenable(shown, "it names a bucket, not an object");
    const { S3Store } = await import("./s3/s3.ts");
    const folder = path.includes("/") ? `${dirname(path)}/` : "";
    store = await S3Store.open(`s3://${target.bucket}/${folder}`, {
      ...options,
      ca: options.ca === undefined ? undefined : await readAuthorities(options.ca),
    });
  }
  try {
    const object = await store.head(basename(path), options.signal);
    if (object === undefined) throw unopenable(shown, "there is no such file");
    return { store, object };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function unopenable(subject: string, reason: string): SluiceError {
  return new SluiceError({ kind: "input", action: "open", subject, reason });
}
