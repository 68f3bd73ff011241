import { printableAddress } from "./printable_address.ts";

/**
 * What somebody else's code says, with the addresses that it quotes made printable. An `@` in the path of a sound URL is
 * one of a name; what a URL cannot be read by is taken for a password.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { printableUrls } from "./printable_urls.ts";
 *
 * assertEquals(printableUrls("Invalid URL: 'http://me:se/cret@host'"), "Invalid URL: 'http://…@host'");
 * assertEquals(printableUrls("no answer of http://host/a@b"), "no answer of http://host/a@b");
 * ```
 */
export function printableUrls(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"()<>]+/gi, (url) => {
    const parsed = URL.parse(url);
    const isSound = parsed !== null && parsed.username === "" && parsed.password === "";
    return isSound && printableAddress(`${parsed.origin}/${parsed.search}`).endsWith(parsed.search)
      ? url
      : printableAddress(url);
  });
}
