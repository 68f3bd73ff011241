import type { Codec } from "./decompress.ts";

/** Compresses as the source came: gzip or zstd where the decompress stage found that, else not at all. */
export class CompressStream extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  constructor(codec: Codec) {
    let compressor:
      | { writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>; emptied: Promise<void> }
      | undefined;

    const isCompressed = () => codec.gzip || codec.zstd !== undefined;
    const start = (controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      const { readable, writable } = codec.zstd?.compress() ?? new CompressionStream("gzip");
      const emptied = (async () => {
        for await (const chunk of readable) controller.enqueue(chunk);
      })();
      emptied.catch(() => {}); // seen by `flush`, which awaits it, or not at all when the object is given up
      return { writer: writable.getWriter(), emptied };
    };
    const abandon = async (reason: unknown) => {
      await compressor?.writer.abort(reason).catch(() => {});
    };

    super({
      async transform(chunk, controller) {
        if (!isCompressed()) return controller.enqueue(chunk);
        compressor ??= start(controller);
        await compressor.writer.write(chunk);
      },
      async flush(controller) {
        if (!isCompressed()) return;
        compressor ??= start(controller);
        await compressor.writer.close();
        await compressor.emptied;
      },
      cancel: abandon,
    });
  }
}
