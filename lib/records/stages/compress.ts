import type { Codec } from "./decompress.ts";

/** Compresses as the source came: gzip where the decompress stage found gzip, else not at all. */
export class CompressStream extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  constructor(codec: Codec) {
    let gzip:
      | { writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>; emptied: Promise<void> }
      | undefined;

    const start = (controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      const { readable, writable } = new CompressionStream("gzip");
      const emptied = (async () => {
        for await (const chunk of readable) controller.enqueue(chunk);
      })();
      emptied.catch(() => {}); // seen by `flush`, which awaits it, or not at all when the object is given up
      return { writer: writable.getWriter(), emptied };
    };
    const abandon = async (reason: unknown) => {
      await gzip?.writer.abort(reason).catch(() => {});
    };

    super({
      async transform(chunk, controller) {
        if (!codec.gzip) return controller.enqueue(chunk);
        gzip ??= start(controller);
        await gzip.writer.write(chunk);
      },
      async flush(controller) {
        if (!codec.gzip) return;
        gzip ??= start(controller);
        await gzip.writer.close();
        await gzip.emptied;
      },
      cancel: abandon,
    });
  }
}
