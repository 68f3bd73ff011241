import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import type { Zstd } from "../records/stages/decompress.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type NodeStream = ReturnType<typeof createZstdCompress> | ReturnType<typeof createZstdDecompress>;

/** The runtime's zstd. Frames get a check sum, as those of its command-line program have one. */
export const zstd: Zstd = {
  compress: () => new NodePair(createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })),
  decompress: () => new NodePair(createZstdDecompress()),
};

/** A stream of Node as a pair of the Web's. Its buffers are not shared. Buffers what the stream buffers: some 16 KiB. */
class NodePair implements ReadableWritablePair<Bytes, Bytes> {
  readonly readable: ReadableStream<Bytes>;
  readonly writable: WritableStream<Bytes>;

  constructor(stream: NodeStream) {
    /** Ends the write under way: of a stream that has failed, Node may never call back. */
    let fail: (reason: Error) => void = () => {};
    stream.on("error", (error) => fail(error));
    stream.on("close", () => fail(new Error("the stream was closed")));
    const chunks = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    this.readable = new ReadableStream({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        // Node cuts several chunks out of one buffer.
        else controller.enqueue(new Uint8Array(value));
      },
      cancel() {
        stream.destroy();
      },
    }, { highWaterMark: 0 });
    const settled = (work: (done: (error?: Error | null) => void) => void) => {
      const { promise, reject, resolve } = Promise.withResolvers<void>();
      if (stream.destroyed) reject(new Error("the stream was closed"));
      fail = reject;
      work((error) => error ? reject(error) : resolve());
      return promise;
    };
    this.writable = new WritableStream({
      write: (chunk) => settled((done) => stream.write(chunk, done)),
      close: () => settled((done) => stream.end(done)),
      abort() {
        stream.destroy();
      },
    });
  }
}
