import { flagOf } from "../settings/names.ts";

/** Messages of untrusted certificates, of Deno's `fetch` and of `node:tls`; they have no code that is the same in both. */
const distrust = /certificate|UnknownIssuer|NotValidForName|cert's list|self.signed/i;

/**
 * Why a server cannot be reached, with what to do where its certificate is not trusted.
 *
 * @param setting The setting that names the authorities to trust.
 */
export function withCertificateAdvice(cause: string, host: string, setting: string): string {
  // An address may have any word in it.
  if (!distrust.test(cause.replace(/https?:\/\/[^\s)]+/g, "")) || /CertificateRequired/.test(cause)) {
    return cause;
  }
  return `${cause}; if the certificate of ${host} comes from a private authority, name that with ${
    flagOf(setting)
  } PATH`;
}
