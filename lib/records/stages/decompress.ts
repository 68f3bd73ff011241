import { Inflate } from "pako";
import { SluiceError } from "../../errors/sluice_error.ts";
import { type Settings, whole } from "../../settings/setting.ts";
import { count, plural } from "../../text/format.ts";

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
  /** Set once it is known whether it is gzip. */
  readonly codec: Codec;
  /** How many times its size gzip may expand to, once it has reached `judgedBytes`. */
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
 * @throws {SluiceError} Through the stream: corrupt gzip, gzip that ends in the middle of a member (`data`), or one that
 * expands to more than `maxExpansion` times its size (`limit`).
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
          const behind = behindMembers(inflate);
          const place = `between bytes ${count(consumed + (behind ?? 0))} and ${
            count(consumed + chunk.length)
          }`;
          const why = behind === undefined
            ? inflate.msg
            : "what stands there, behind the end of the gzip data, is neither gzip nor padding; cut it off if it is no data";
          throw gzipError("data", `corrupt gzip ${place}: ${why}`);
        }
        // pako continues with a member that follows directly, and stops at a zero byte.
        const taken = chunk.length - (inflate.ended ? unread(inflate) : 0);
        consumed += taken;
        chunk = chunk.subarray(taken);
        if (expanded > judgedBytes && expanded > consumed * maxExpansion) {
          const times = `${maxExpansion} times its size (maxExpansion)`;
          throw gzipError(
            "limit",
            `gzip expands to more than ${times}: ${count(consumed)} bytes to ${count(expanded)}`,
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
          throw gzipError("data", `gzip ends in the middle of a member, after ${plural(consumed, "byte")}`);
        }
      },
    });
  }
}

function gzipError(kind: "data" | "limit", reason: string): SluiceError {
  return new SluiceError({ kind, action: "decompress", reason });
}

/** Where in its last input an inflater that failed met something that does not begin as a member does. */
function behindMembers(inflate: Inflate): number | undefined {
  const { input, next_in, total_in, total_out } = stateOf(inflate);
  const start = next_in - total_in;
  const isMember = start < 0 || total_out > 0 || (input[start] === 0x1f && input[start + 1] === 0x8b);
  return isMember ? undefined : start;
}

/** How many bytes of its last input an inflater has left. */
function unread(inflate: Inflate): number {
  return stateOf(inflate).avail_in;
}

/** What pako knows, but does not expose; its version is pinned. */
function stateOf(inflate: Inflate): {
  readonly avail_in: number;
  readonly input: Uint8Array;
  readonly next_in: number;
  /** Of the member that it is in. */
  readonly total_in: number;
  readonly total_out: number;
} {
  return (inflate as unknown as { strm: ReturnType<typeof stateOf> }).strm;
}
