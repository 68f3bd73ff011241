import { assertEquals } from "@std/assert/mod.js";
import { guardedIo } from "../../lib/cli/guarded_io.ts";
import type { Io } from "../../lib/cli/io.ts";

const hide = (text: string) => text.replaceAll("s3cret", "…");

Deno.test("guardedIo() opens no stream before it is needed", () => {
  let opened = 0;
  const io: Io = {
    stdout: () => {},
    stderr: () => {},
    get stdin() {
      opened++;
      return ReadableStream.from([]);
    },
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    signal: new AbortController().signal,
  };
  const guarded = guardedIo(io, hide);
  assertEquals(opened, 0);
  guarded.stdin;
  assertEquals(opened, 1);
});

Deno.test("guardedIo() guards what people read, and leaves data and what steers the terminal", () => {
  const written: [where: string, text: string][] = [];
  const guarded = guardedIo({
    stdout: (text) => written.push(["stdout", text]),
    stderr: (text) => written.push(["stderr", text]),
    stdin: ReadableStream.from([]),
    stdoutIsTerminal: true,
    stderrIsTerminal: true,
    signal: new AbortController().signal,
  }, hide);
  guarded.stdout("data \x1b s3cret\n");
  guarded.print("text \x1b s3cret\n");
  guarded.stderr("message \x1b s3cret\r\n");
  guarded.control("\r\x1b[K s3cret");
  assertEquals(written, [
    ["stdout", "data \x1b s3cret\n"],
    ["stdout", "text \\u{1b} …\n"],
    ["stderr", "message \\u{1b} …\\u{d}\n"],
    ["stderr", "\r\x1b[K …"],
  ]);
});
