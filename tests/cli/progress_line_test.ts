import { assertEquals } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import type { Io } from "../../lib/cli/io.ts";
import { ProgressLine } from "../../lib/cli/progress_line.ts";

interface Shown {
  readonly quiet?: boolean;
  readonly stderrIsTerminal?: boolean;
}

/** What is written to standard error while something makes progress. */
function written(
  { quiet = false, stderrIsTerminal = true }: Shown,
  work: (progress: ProgressLine, tick: (ms: number) => void) => void,
): string[] {
  const texts: string[] = [];
  const io: Io = {
    stdout: () => {},
    stderr: (text) => texts.push(text),
    stdin: ReadableStream.from([]),
    stdoutIsTerminal: false,
    stderrIsTerminal,
    signal: new AbortController().signal,
  };
  const clock = install({ toFake: ["setInterval", "clearInterval"] });
  try {
    using progress = new ProgressLine(io, { quiet });
    work(progress, (ms) => clock.tick(ms));
  } finally {
    clock.uninstall();
  }
  return texts;
}

Deno.test("ProgressLine() draws one line again and again, with messages above it", () => {
  let done = 0;
  const texts = written({}, (progress, tick) => {
    progress.show(() => `${++done} done`);
    tick(400);
    progress.say("Look out");
    tick(200);
    progress.end();
    tick(1_000);
  });
  assertEquals(texts, [
    "\r1 done\x1b[K",
    "\r2 done\x1b[K",
    "\r\x1b[K",
    "Look out\n",
    "\r3 done\x1b[K",
    "\r\x1b[K",
  ]);
});

Deno.test("ProgressLine() shows one thing at a time", () => {
  const texts = written({}, (progress, tick) => {
    progress.show(() => "first");
    progress.show(() => "second");
    tick(200);
  });
  assertEquals(texts, ["\rsecond\x1b[K", "\r\x1b[K"]);
});

Deno.test("ProgressLine() only writes messages without a terminal, or if progress is off", () => {
  for (const shown of [{ quiet: true }, { stderrIsTerminal: false }]) {
    const texts = written(shown, (progress, tick) => {
      progress.show(() => "line");
      tick(1_000);
      progress.say("Look out");
    });
    assertEquals(texts, ["Look out\n"]);
  }
});
