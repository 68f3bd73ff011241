const encoder = new TextEncoder();

/**
 * The slot of a Redis Cluster that a key lies in, 0 to 16383: CRC-16 (XMODEM) of its hash tag, the text in the
 * first pair of braces, or of all of it if there are no braces.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { keySlot } from "./key_slot.ts";
 *
 * assertEquals([keySlot("123456789"), keySlot("a{123456789}b")], [12_739, 12_739]);
 * ```
 */
export function keySlot(key: string): number {
  const open = key.indexOf("{");
  const end = open < 0 ? -1 : key.indexOf("}", open + 1);
  let crc = 0;
  for (const byte of encoder.encode(end > open + 1 ? key.slice(open + 1, end) : key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc % 16_384;
}
