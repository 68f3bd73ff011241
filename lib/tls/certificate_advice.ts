import { flagOf } from "../settings/names.ts";

/** What TLS says of a certificate that it does not take, in the words of Deno's `fetch` and of `node:tls`. */
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
