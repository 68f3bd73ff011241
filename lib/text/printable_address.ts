/** Schemes that are followed by a path, in which an `@` is a character as any other. */
const pathSchemes = /^(?:file|sqlite|unix|parquet|memory|none|reference)$/i;
/** Names of parameters whose values are secret: `password`, `sslpassword`, `X-Amz-Signature`, `access_token`, `sig`. */
const secretNames =
  /pass(?:word|wd|phrase|code)?$|^pwd$|^sig$|secret|token|signature|credential|api[-_]?key|access[-_]?key|^auth(?:orization)?$/i;
const mask = "…";

/**
 * An address as it may be printed: without what stands before an `@`, which may be a user and a password, and without
 * parameters that are secret. What cannot be told apart is left out: a password may have `/`, `@`, `?`, `#` and `:` in
 * it, as half of all secret keys of AWS do. Paths, buckets and keys stay as they are. Takes any text: what was mistyped
 * is often an address with a password in it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { printableAddress } from "./printable_address.ts";
 *
 * assertEquals(printableAddress("grpc://user:pass/word@model:50051"), "grpc://…@model:50051");
 * assertEquals(printableAddress("postgres://db/jobs?password=secret"), "postgres://db/jobs?password=…");
 * assertEquals(printableAddress("s3://bucket/a@b.jsonl"), "s3://bucket/a@b.jsonl");
 * ```
 */
export function printableAddress(address: string): string {
  const { begin, body } = parted(address);
  const at = userEnd(begin, body);
  const secret = secretParameter(body);
  if (at < 0) {
    const end = [secret, passwordAsPort(begin, body)].filter((end) => end >= 0);
    return end.length === 0 ? address : `${begin}${body.slice(0, Math.min(...end))}${mask}`;
  }
  // An @ behind a secret parameter may belong to its value.
  if (secret >= 0 && secret <= at) return begin + mask;
  return `${begin}${mask}${secret < 0 ? body.slice(at) : `${body.slice(at, secret)}${mask}`}`;
}

/** What is secret in an address, as it is written there: what stands before its `@`, and what follows the name of a secret parameter. */
export function secretsOf(address: string): readonly string[] {
  const { begin, body } = parted(address);
  const at = userEnd(begin, body);
  const secret = secretParameter(body);
  const port = at < 0 ? passwordAsPort(begin, body) : -1;
  const parameters = secret < 0 ? "" : body.slice(secret);
  const values = parameters.split(/[&;]/).map((parameter) => parameter.replace(/^[^=]*=/, ""));
  return [at > 0 ? body.slice(0, at) : "", port < 0 ? "" : body.slice(port), parameters, ...values]
    .filter((part) => part !== "");
}

/** `redis://` (also where its `:` is missing) and what follows; a path has no beginning. */
function parted(address: string): { readonly begin: string; readonly body: string } {
  const [begin = ""] = /^\s*(?:[a-z][a-z0-9+.-]*:(?:\/\/)?|[a-z0-9+.-]*\/\/)/i.exec(address) ?? [];
  return { begin, body: address.slice(begin.length) };
}

/** Where the `@` is behind which an address goes on; -1 if nothing stands before it that may be secret. */
function userEnd(begin: string, body: string): number {
  const at = body.lastIndexOf("@");
  if (at < 0) return -1;
  const scheme = begin.replace(/[:/].*$/s, "").trim();
  const isPath = scheme === "" ? /^[/.~]/.test(body) : pathSchemes.test(scheme) &&
    (!begin.endsWith("//") || body.startsWith("/") || !body.slice(0, at).includes(":"));
  // A key may have any character; what stands before it is a bucket, unless there is a `:`.
  const isBucket = /^s3$/i.test(scheme) && /^[a-z0-9][a-z0-9._-]*(?:\/|$)/i.test(body);
  return isPath || isBucket ? -1 : at;
}

/** Where a password begins that stands in place of a port, since the host is missing behind it: `redis://user:password`; or -1. */
function passwordAsPort(begin: string, body: string): number {
  if (!begin.endsWith("://")) return -1;
  const [authority] = /^[^/?#]*/.exec(body)!;
  const found = /(?<=^|,)(?:\[[^\]]*\]|[^:,[\]]*):(?!\d*(?:,|$))/.exec(authority);
  return found === null ? -1 : found.index + found[0].length;
}

/** Where the value of the first secret parameter begins, or -1. What follows it may be part of it. */
function secretParameter(body: string): number {
  // `host=db password=secret`, as libpq takes it, has no beginning; a path may begin with `token=1/` and the like.
  const pattern = /^\s*\w+=\S*\s/.test(body)
    ? /(?:[?&;#\s]|^)([^=?&;#\s/:@]+)=/g
    : /[?&;#\s]([^=?&;#\s/:@]+)=/g;
  for (const { index, 0: text, 1: name } of body.matchAll(pattern)) {
    if (secretNames.test(decoded(name!))) return index + text.length;
  }
  return -1;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
