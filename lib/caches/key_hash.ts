import { hash } from "node:crypto";

/**
 * What a cache stores in place of a key: the first 128 bits of the SHA-256 of its UTF-8, 16 bytes.
 *
 * A cryptographic hash, because titles come from outsiders: no one can craft a posting whose answer overwrites
 * another's. 128 bits, because equal hashes share an answer unseen: among a billion keys, the chance of any such
 * pair is about one in 10²¹. The one-shot form costs 1.5 µs a key.
 *
 * Lone surrogates have no UTF-8 and would all hash alike; records with such keys are set aside when parsed.
 */
export function keyHash(key: string): Uint8Array {
  return hash("sha256", key, "buffer").subarray(0, 16);
}
