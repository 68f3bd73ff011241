import { isStandardStream } from "../../stores/object_url.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { refuseForeignPath } from "../../sinks/foreign_path.ts";
import { StreamSink } from "../../sinks/stream_sink.ts";
import { StreamSource } from "../../sources/stream_source.ts";
import type { Io } from "../io.ts";
import { openOutput, type Output } from "./open_output.ts";

/** Standard input and output, as a run reads and writes them, and the file of the rejects. */
export interface StandardStreams extends AsyncDisposable {
  source(): StreamSource;
  sink(): StreamSink;
}

export interface StandardStreamsOptions {
  /** The path of the file of the rejects. */
  readonly rejects?: string;
  /** Whether that replaces a file that Sluice did not write. Defaults to false. */
  readonly overwrite?: boolean;
}

/**
 * Opens what `--from -` and `--to -` need. Standard input and output are not touched before they are read and written. The
 * file of the rejects appears when it is disposed, with all that came, however the run has ended.
 *
 * @throws {ForeignFileError} At that path is a file that Sluice did not write.
 */
export async function openStandardStreams(
  io: Pick<Io, "stdin" | "stdoutBytes">,
  { overwrite = false, rejects }: StandardStreamsOptions = {},
): Promise<StandardStreams> {
  if (rejects !== undefined && !overwrite) {
    await refuseForeignPath(rejects, (beginning) => beginning.startsWith('{"object":'), {
      flag: "--rejects",
    });
  }
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
