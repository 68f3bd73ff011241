/** Sends chunks through a stage and gathers what comes out. */
export async function runStage<I, O>(
  chunks: Iterable<I> | AsyncIterable<I>,
  ...stages: ReadableWritablePair<unknown, unknown>[]
): Promise<O[]> {
  let stream: ReadableStream<unknown> = ReadableStream.from(chunks);
  for (const stage of stages) stream = stream.pipeThrough(stage);
  return await Array.fromAsync(stream as ReadableStream<O>);
}

/** Cuts bytes at the given places, which may be anything. */
export function cutAt(bytes: Uint8Array<ArrayBuffer>, places: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const cuts = [...places.map((place) => place % (bytes.length + 1)), 0, bytes.length].toSorted((a, b) =>
    a - b
  );
  return cuts.slice(1).map((cut, i) => bytes.slice(cuts[i], cut));
}
