import { Inflate } from "pako";

/** How an object's bytes are compressed; found out by the decompress stage, used again by the compress stage. */
export interface Codec {
  gzip: boolean;
}

/**
 * Undoes gzip, several members too, where the first two bytes say that it is gzip; passes other bytes on as they
 * are. Buffers one chunk. Zero bytes behind the last member are padding.
 *
 * pako, because the platform's `DecompressionStream` ends with an error at the second member.
 *
 * @throws `corrupt gzip at byte N …` or `gzip ends in the middle of a member` through the stream.
 */
export class DecompressStream extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  constructor(codec: Codec) {
    let head: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
    let inflate: Inflate | undefined;
    let consumed = 0;

    const push = (
      chunk: Uint8Array,
      controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>,
    ) => {
      if (inflate === undefined || inflate.ended) {
        if (inflate !== undefined && chunk.every((byte) => byte === 0)) return;
        inflate = new Inflate({ chunkSize: 65_536 });
        inflate.onData = (data) => controller.enqueue(data as Uint8Array<ArrayBuffer>);
      }
      inflate.push(chunk, false);
      if (inflate.err < 0) {
        throw new Error(
          `corrupt gzip between bytes ${consumed} and ${consumed + chunk.length}: ${inflate.msg}`,
        );
      }
      consumed += chunk.length;
    };

    super({
      transform(chunk, controller) {
        if (head !== undefined) {
          const start = new Uint8Array(head.length + chunk.length);
          start.set(head);
          start.set(chunk, head.length);
          if (start.length < 2) {
            head = start;
            return;
          }
          head = undefined;
          codec.gzip = start[0] === 0x1f && start[1] === 0x8b;
          chunk = start;
        }
        if (codec.gzip) push(chunk, controller);
        else controller.enqueue(chunk);
      },
      flush(controller) {
        if (head !== undefined && head.length > 0) controller.enqueue(head);
        if (inflate !== undefined && !inflate.ended) {
          throw new Error(`gzip ends in the middle of a member, after ${consumed} bytes`);
        }
      },
    });
  }
}
