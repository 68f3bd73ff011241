import type { FakeContent } from "../fakes/s3_content.ts";

export { concatenated } from "../fakes/s3_content.ts";

const chunkBytes = 256 * 1024;

/** Bytes in memory as an object's content; leaves in chunks that are large enough not to be what is measured. */
export function chunkedContent(bytes: Uint8Array): FakeContent {
  return {
    bytes: bytes.length,
    async *read(start, end) {
      for (let at = start; at < end; at += chunkBytes) {
        yield bytes.subarray(at, Math.min(at + chunkBytes, end));
      }
    },
  };
}
