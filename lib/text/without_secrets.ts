import { printableAddress, secretsOf } from "./printable_address.ts";

/** Shorter ones, and plain words (`postgres`, `secret`), are left where they stand alone: they are part of other words too. */
const minSecretLength = 6;
const mask = "…";

/**
 * A text in which none of these addresses shows its secrets, for what other people's code says: it may quote an address,
 * or part of it, in any of the forms that URLs are written in.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { withoutSecrets } from "./without_secrets.ts";
 *
 * assertEquals(
 *   withoutSecrets("Invalid URL: 'redis://u:p@ss word@h'", ["redis://u:p@ss word@h"]),
 *   "Invalid URL: 'redis://…@h'",
 * );
 * ```
 */
export function withoutSecrets(text: string, addresses: Iterable<string>): string {
  return secretsHider(addresses)(text);
}

/**
 * {@linkcode withoutSecrets}, prepared for many texts.
 *
 * @param secrets What is secret as a whole.
 */
export function secretsHider(
  addresses: Iterable<string>,
  secrets: Iterable<string> = [],
): (text: string) => string {
  const shownFor = new Map<string, string>();
  for (const secret of secrets) {
    for (const form of formsOf(secret)) if (isTelling(form)) shownFor.set(form, mask);
  }
  for (const address of addresses) {
    const shown = printableAddress(address);
    if (shown === address) continue;
    shownFor.set(address, shown);
    const url = URL.parse(address);
    if (url !== null) shownFor.set(url.href, printableAddress(url.href));
    const secrets = [...secretsOf(address), ...(url?.password ? [url.password] : [])];
    for (const secret of secrets) {
      const password = secret.replace(/^[^:]*:/, "");
      for (const form of [...formsOf(secret), ...formsOf(password)]) {
        if (isTelling(form)) shownFor.set(form, mask);
      }
    }
  }
  // What holds another one goes first.
  const hidden = [...shownFor].sort(([a], [b]) => b.length - a.length);
  return (text) => hidden.reduce((shown, [secret, instead]) => shown.replaceAll(secret, instead), text);
}

function formsOf(secret: string): string[] {
  const forms = [secret, encodeURI(toWellFormed(secret)), encodeURIComponent(toWellFormed(secret))];
  try {
    forms.push(decodeURIComponent(secret));
  } catch {
    // It is not percent-encoded.
  }
  return forms;
}

function toWellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}

function isTelling(secret: string): boolean {
  return secret.length >= minSecretLength && !/^[a-z]+$/.test(secret);
}
