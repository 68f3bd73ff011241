import { exitStatus } from "./exit_status.ts";
import { type Io, Stop } from "./io.ts";
import { clearedLine } from "./terminal_line.ts";

/**
 * This process's standard streams and signals. The first SIGINT or SIGTERM asks the command to end, the second one
 * ends the process at once.
 */
export function processIo(): Io {
  const stopped = new AbortController();
  const stop = (by: Stop["by"]) => {
    if (stopped.signal.aborted) {
      if (Deno.stderr.isTerminal()) writer(Deno.stderr)(clearedLine); // of a progress line, and the ^C behind it
      Deno.exit(stopStatus(by));
    }
    stopped.abort(new Stop(by));
  };
  Deno.addSignalListener("SIGINT", () => stop("SIGINT"));
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => stop("SIGTERM"));
  return {
    stdout: writer(Deno.stdout),
    stderr: writer(Deno.stderr),
    get stdin() {
      return Deno.stdin.readable; // not opened before it is needed
    },
    get stdoutBytes() {
      return Deno.stdout.writable as WritableStream<Uint8Array<ArrayBuffer>>;
    },
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    stderrIsTerminal: Deno.stderr.isTerminal(),
    signal: stopped.signal,
  };
}

/** The exit status of a process that a signal stopped. */
export function stopStatus(by: Stop["by"]): number {
  return by === "SIGINT" ? exitStatus.interrupted : exitStatus.terminated;
}

/** Writes all of a text before it returns. A reader that has gone does not end the command. */
function writer(stream: { writeSync(bytes: Uint8Array): number }): (text: string) => void {
  const encoder = new TextEncoder();
  return (text) => {
    let bytes = encoder.encode(text);
    try {
      while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
}
