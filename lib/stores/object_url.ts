import { SluiceError } from "../errors/sluice_error.ts";
import { printableAddress } from "../text/printable_address.ts";

/** Where objects live, taken apart: a bucket and the beginning of its keys, or a folder or file. */
export type ObjectUrl =
  | {
    readonly kind: "s3";
    readonly bucket: string;
    /** Empty, or ending in `/`. */
    readonly prefix: string;
    /** The same as it was given, where that does not end in `/`: it may be one object's key. */
    readonly key?: string;
  }
  | { readonly kind: "postgres" }
  | { readonly kind: "directory"; /** As given: relative paths stay so. */ readonly path: string };

/**
 * Takes a store's URL apart: `s3://bucket/prefix/`, `file:` URLs (`file:PATH` may be
 * relative), or a path. What follows the bucket is taken
 * literally (`%`, `+`, `?` and `#` too), as other S3 tools do; the missing `/` at its end is added. An address of
 * PostgreSQL (`postgres:`, `postgresql:`) is only recognized: `parsePostgresAddress` parses it.
 *
 * @throws {Error} `-`, which is no place of objects; any other scheme; no bucket, or something else before it. The message quotes no credentials.
 */
export function parseObjectUrl(url: string): ObjectUrl {
  if (isStandardStream(url)) {
    throw unopenable(url, "standard input and output are for sluice run; a file of that name is ./-");
  }
  if (url === "") throw unopenable("a store", "its URL is empty");
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: "directory", path: url };
  if (scheme === "file") {
    const path = /^file:(?:\/\/(?=\/))?([^?#]+)$/i.exec(url)?.[1] ?? "//";
    const shown = printableAddress(url);
    if (path.startsWith("//")) {
      throw unopenable(shown, "a file: URL must be file:///PATH or file:PATH, and nothing more");
    }
    try {
      return { kind: "directory", path: decodeURIComponent(path) };
    } catch (cause) {
      throw unopenable(shown, "its path is not percent-encoded UTF-8", cause);
    }
  }
  if (scheme === "postgres" || scheme === "postgresql") return { kind: "postgres" };
  if (scheme !== "s3") {
    throw unopenable(`a store at ${scheme}`, "its URL must be s3://BUCKET/PREFIX/, file: or a path");
  }
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(url) ?? [];
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(bucket)) {
    const shown = printableAddress(url);
    throw unopenable(
      shown,
      shown === url
        ? `after s3:// must come a bucket's name, not ${JSON.stringify(bucket)}`
        : `after s3:// must come a bucket's name, not something with ${
          url.includes("@") ? "an @" : "a :"
        } in it; credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile (AWS_PROFILE)`,
    );
  }
  const part = prefix.split("/").find((part) => part === "." || part === "..");
  if (part !== undefined) {
    throw unopenable(
      printableAddress(url),
      `its prefix has a part ${
        JSON.stringify(part)
      }, which requests over HTTP cannot name: it would be folded away`,
    );
  }
  if (prefix === "" || prefix.endsWith("/")) return { kind: "s3", bucket, prefix };
  return { kind: "s3", bucket, prefix: `${prefix}/`, key: prefix };
}

/** Whether an address stands for standard input or output. */
export function isStandardStream(url: string | undefined): boolean {
  return url === "-";
}

function unopenable(subject: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError({ kind: "settings", action: "open", subject, reason, cause });
}
