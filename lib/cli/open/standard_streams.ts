import { isStandardStream } from "../../stores/object_url.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { StreamSink } from "../../sinks/stream_sink.ts";
import { StreamSource } from "../../sources/stream_source.ts";
import type { Io } from "../io.ts";
import { openOutput, type Output } from "./open_output.ts";

/** Standard input and output, as a run reads and writes them, and the file of the rejects. */
export interface StandardStreams extends AsyncDisposable {
  source(): StreamSource;
  sink(): StreamSink;
}

/**
 * Opens what `--from -` and `--to -` need. Standard input and output are not touched before they are read and written. The
 * file of the rejects appears when it is disposed, with all that came, however the run has ended.
 *
 * @param rejects The path of that file.
 */
export async function openStandardStreams(
  io: Pick<Io, "stdin" | "stdoutBytes">,
  rejects?: string,
): Promise<StandardStreams> {
  const file: Output | undefined = rejects === undefined ? undefined : await openOutput(rejects);
  return {
    source: () => new StreamSource("standard input", () => io.stdin),
    sink: () =>
      new StreamSink({
        name: "standard output",
        stream() {
          const { stdoutBytes } = io;
          if (stdoutBytes !== undefined) return stdoutBytes;
          const reason = "it takes text only";
          throw new SluiceError({ kind: "internal", action: "write", subject: "standard output", reason });
        },
        rejects: file && { path: rejects!, write: (text) => file.write(text) },
      }),
    async [Symbol.asyncDispose]() {
      await using _ = file;
      await file?.keep();
    },
  };
}

/** Whether a source or a destination is standard input or output. */
export function usesStandardStreams(
  { destination, source }: {
    readonly source: { readonly url: string | undefined };
    readonly destination: { readonly url: string | undefined };
  },
): boolean {
  return isStandardStream(source.url) || isStandardStream(destination.url);
}
