import { Inflate } from "pako";

/** What is expanded at once, in bytes. */
const sliceBytes = 16_384;

/**
 * Undoes gzip, for parts that come one after the other. Buffers what one slice of 16 KiB expands to.
 *
 * @throws `corrupt gzip: …`, when a part is walked through.
 */
export function inflateParts(): (bytes: Uint8Array) => Generator<Uint8Array> {
  const inflate = new Inflate({ chunkSize: 65_536 });
  let out: Uint8Array[] = [];
  inflate.onData = (data) => out.push(data as Uint8Array);
  return function* (bytes) {
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      inflate.push(bytes.subarray(at, at + sliceBytes), false);
      if (inflate.err < 0) throw new Error(`corrupt gzip: ${inflate.msg}`);
      const some = out;
      out = [];
      yield* some;
    }
  };
}
