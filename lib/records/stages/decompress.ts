import { Inflate } from "pako";
import { type Settings, whole } from "../../settings/setting.ts";

/** How an object's bytes are compressed; found out by the decompress stage, used again by the compress stage. */
export interface Codec {
  gzip: boolean;
}

/** How far gzip may expand. */
export const decompressSettings = {
  maxExpansion: whole({
    help: "Fail an object that gunzips to more than N times its size",
    min: 1,
    max: 1_100,
    default: 200,
  }),
} satisfies Settings;

export interface DecompressStreamOptions {
  /** Told whether it is gzip. */
  readonly codec: Codec;
  /** How many times its size gzip may expand to, once it has come to `judgedBytes`. */
  readonly maxExpansion: number;
}

/** Expansion is not judged before so many bytes have come out: small objects may well be very regular. */
const judgedBytes = 16 * 1024 * 1024;
/** What is expanded at once, so that no more than a thousand times as much comes out before it is judged. */
const sliceBytes = 4_096;

/**
 * Undoes gzip, several members too, where the first two bytes say that it is gzip; passes other bytes on as they
 * are. Buffers what one chunk expands to. Zero bytes behind the last member are padding.
 *
 * pako, because the platform's `DecompressionStream` ends with an error at the second member.
 *
 * @throws `corrupt gzip …`, `gzip ends in the middle of a member …` or `gzip expands to more than …` through the stream.
 */
export class DecompressStream extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  constructor({ codec, maxExpansion }: DecompressStreamOptions) {
    let head: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
    let inflate: Inflate | undefined;
    let consumed = 0, expanded = 0;

    const push = (
      chunk: Uint8Array,
      controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>,
    ) => {
      while (chunk.length > 0) {
        if (inflate === undefined || inflate.ended) {
          const padding = inflate === undefined ? 0 : chunk.findIndex((byte) => byte !== 0);
          if (padding < 0) return;
          chunk = chunk.subarray(padding);
          inflate = new Inflate({ chunkSize: 65_536 });
          inflate.onData = (data) => {
            expanded += data.length;
            controller.enqueue(data as Uint8Array<ArrayBuffer>);
          };
        }
        inflate.push(chunk, false);
        if (inflate.err < 0) {
          throw new GzipError(
            `corrupt gzip between bytes ${consumed} and ${consumed + chunk.length}: ${inflate.msg}`,
          );
        }
        // pako goes on with a member that follows at once, and stops at a zero byte.
        const taken = chunk.length - (inflate.ended ? unread(inflate) : 0);
        consumed += taken;
        chunk = chunk.subarray(taken);
        if (expanded > judgedBytes && expanded > consumed * maxExpansion) {
          throw new GzipError(
            `gzip expands to more than ${maxExpansion} times its size (maxExpansion): ${consumed} bytes to ${expanded}`,
          );
        }
      }
    };

    super({
      transform(chunk, controller) {
        if (head !== undefined) {
          if (head.length > 0) {
            const start = new Uint8Array(head.length + chunk.length);
            start.set(head);
            start.set(chunk, head.length);
            chunk = start;
          }
          if (chunk.length < 2) {
            head = chunk;
            return;
          }
          head = undefined;
          codec.gzip = chunk[0] === 0x1f && chunk[1] === 0x8b;
        }
        if (!codec.gzip) return controller.enqueue(chunk);
        for (let at = 0; at < chunk.length; at += sliceBytes) {
          push(chunk.subarray(at, at + sliceBytes), controller);
        }
      },
      flush(controller) {
        if (head !== undefined && head.length > 0) controller.enqueue(head);
        if (inflate !== undefined && !inflate.ended) {
          throw new GzipError(`gzip ends in the middle of a member, after ${consumed} bytes`);
        }
      },
    });
  }
}

/** Bytes that are not the gzip that they begin as, or expand too much. Its message is a reason, for another error. */
export class GzipError extends Error {
  override readonly name = "GzipError";
}

/** How many bytes of its last input an inflater has left. pako knows, but does not tell; its version is pinned. */
function unread(inflate: Inflate): number {
  return (inflate as unknown as { strm: { avail_in: number } }).strm.avail_in;
}
