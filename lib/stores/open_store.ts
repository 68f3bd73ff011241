import { basename, dirname, join, relative, resolve } from "node:path";
import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { readAuthorities } from "../tls/read_pem.ts";
import { DirectoryStore } from "./directory/directory.ts";
import { parseObjectUrl } from "./object_url.ts";
import { isObjectName, type Store } from "./store.ts";
import type { S3Access } from "./store_settings.ts";
import type { UploadJournal } from "./s3/upload_journal.ts";

export interface OpenStoreOptions extends S3Access {
  /** A source must be there, and may be a single file; a destination is created by its first write. */
  readonly role: "source" | "destination";
  /** Server-side encryption of what is written to S3; directories have none. */
  readonly sse?: "AES256" | "aws:kms";
  readonly sseKmsKeyId?: string;
  /** Size of the parts of uploads to S3; directories have their own. */
  readonly partSizeBytes?: number;
  /** Lists no objects that cannot be read before they are restored from an archive. */
  readonly skipArchived?: boolean;
  /** Called with what the server cannot do and what that means. */
  readonly onTrouble?: (message: string) => void;
  /** Notes uploads begun and ended. */
  readonly journal?: UploadJournal;
}

/**
 * Opens the store at `s3://bucket/prefix/`, a `file:` URL or a path. The AWS SDK is loaded only for S3. A source may be a
 * single file or object.
 *
 * @throws {SluiceError} Another scheme; a source directory that does not exist; a destination that is a file; an S3
 * without a region; a database.
 */
export async function openStore(url: string, options: OpenStoreOptions): Promise<Store> {
  const target = parseObjectUrl(url);
  if (target.kind === "s3") {
    const ca = options.ca === undefined ? undefined : await readAuthorities(options.ca);
    if (options.role === "source") {
      const { openS3Source } = await import("./s3/open_s3_source.ts");
      return await openS3Source(url, { ...options, ca });
    }
    const { S3Store } = await import("./s3/s3.ts");
    return await S3Store.open(url, { ...options, ca });
  }
  if (target.kind === "postgres") {
    const reason = options.role === "source"
      ? "it can be a destination only; sluice report alone reads one"
      : "files are wanted here";
    const action = options.role === "source" ? "read from a database" : "write to a database";
    throw new SluiceError({ kind: "input", action, reason });
  }
  const path = resolve(target.path);
  const info = await Deno.stat(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound && options.role === "destination") return undefined;
    const why = cause instanceof Deno.errors.NotFound
      ? `there is no such file or folder${globHint(target.path) || "; check the path"}`
      : reasonOf(cause);
    throw unopenable(path, why, cause);
  });
  if (info?.isFile !== true) return new DirectoryStore(path, { journal: options.journal });
  if (options.role === "destination") {
    const reason = "it is a file, not a folder; name a folder";
    throw new SluiceError({ kind: "input", action: "write to", subject: path, reason });
  }
  const only = basename(path);
  if (!isObjectName(only)) {
    throw unopenable(path, "files whose names begin with _ or . are not taken for objects");
  }
  return new DirectoryStore(dirname(path), { only });
}

/** What to do where somebody has written a glob for an address; empty if nobody has. */
function globHint(path: string): string {
  const at = path.search(/[^/]*[*?[{]/);
  if (at < 0) return "";
  return `; an address is no glob: use --from ${path.slice(0, at) || "."} --include '${path.slice(at)}'`;
}

/**
 * Whether one of two stores lies inside the other, or both are the same: buckets and prefixes by their `/`
 * boundaries, directories by their real paths (of a path that does not exist yet, the part that does).
 */
export function isNested(a: string, b: string): boolean {
  const x = parseObjectUrl(a), y = parseObjectUrl(b);
  if (x.kind === "s3" && y.kind === "s3") {
    return x.bucket === y.bucket && (x.prefix.startsWith(y.prefix) || y.prefix.startsWith(x.prefix));
  }
  if (x.kind !== "directory" || y.kind !== "directory") return false;
  const p = realPath(resolve(x.path)), q = realPath(resolve(y.path));
  return isInside(p, q) || isInside(q, p);
}

function isInside(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way !== ".." && !way.startsWith("../");
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) || dirname(path) === path) {
      throw unopenable(path, reasonOf(error), error);
    }
    return join(realPath(dirname(path)), basename(path));
  }
}

function unopenable(subject: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError({ kind: "input", action: "open", subject, reason, cause });
}
