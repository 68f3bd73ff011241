/** Takes a stage's chunks on. */
export interface PacedOutput<Out> {
  enqueue(chunk: Out): void;
  /** Resolves when the reader wants more; at once where it waits. Rejects when it has given up. */
  wanted(): Promise<void>;
}

/** What a {@linkcode PacedStream} does. */
export interface PacedTransformer<In, Out> {
  transform(chunk: In, output: PacedOutput<Out>): Promise<void> | void;
  /** Called when all chunks have come. */
  flush(output: PacedOutput<Out>): Promise<void> | void;
  /** Called when the reader gives up, or the source or the stage itself fails. */
  cancel?(reason: unknown): Promise<void> | void;
}

/**
 * A stage as `TransformStream` makes one, but that may wait, within a chunk, until its reader wants more: for chunks of which
 * much more comes out than goes in.
 */
export class PacedStream<In, Out> implements ReadableWritablePair<Out, In> {
  readonly readable: ReadableStream<Out>;
  readonly writable: WritableStream<In>;

  constructor({ cancel, flush, transform }: PacedTransformer<In, Out>) {
    let source!: ReadableStreamDefaultController<Out>, sink!: WritableStreamDefaultController;
    let isWanted = false;
    /** Why the reader has given up. */
    let end: { readonly reason: unknown } | undefined;
    /** What waits for the reader; one, however many wait: two parts of a stage may. */
    let waiting: PromiseWithResolvers<void> | undefined;
    const giveUp = (reason: unknown) => {
      end = { reason };
      waiting?.reject(reason);
      waiting = undefined;
    };
    const output: PacedOutput<Out> = {
      enqueue(chunk) {
        isWanted = false; // or it is wanted again, if there are more readers than this one
        source.enqueue(chunk);
      },
      wanted() {
        if (end !== undefined) return Promise.reject(end.reason);
        if (isWanted) return Promise.resolve();
        waiting ??= Promise.withResolvers();
        return waiting.promise;
      },
    };
    const orFail = async (work: () => Promise<void> | void) => {
      try {
        await work();
      } catch (error) {
        source.error(error);
        await cancel?.(error);
        throw error;
      }
    };
    this.readable = new ReadableStream({
      start(controller) {
        source = controller;
      },
      pull() {
        isWanted = true;
        waiting?.resolve();
        waiting = undefined;
      },
      async cancel(reason) {
        giveUp(reason);
        sink.error(reason);
        await cancel?.(reason);
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      start(controller) {
        sink = controller;
        // A write that waits for its reader would keep it from being aborted.
        controller.signal.addEventListener("abort", () => giveUp(controller.signal.reason), { once: true });
      },
      write: (chunk) =>
        orFail(async () => {
          await output.wanted();
          await transform(chunk, output);
        }),
      close: () =>
        orFail(async () => {
          await flush(output);
          if (end === undefined) source.close();
        }),
      async abort(reason) {
        source.error(reason);
        await cancel?.(reason);
      },
    });
  }
}
