import { assertEquals } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import type { Io } from "../../lib/cli/io.ts";
import { ProgressLine } from "../../lib/cli/progress_line.ts";

function terminal(isTerminal: boolean) {
  const said: string[] = [];
  const io: Io = {
    stdin: ReadableStream.from([]),
    stdout: () => {},
    stderr: (text) => void said.push(text),
    stdoutIsTerminal: false,
    stderrIsTerminal: isTerminal,
    signal: new AbortController().signal,
  };
  return { io, said };
}

Deno.test("ProgressLine() draws over its line, puts messages above it, and takes it away", () => {
  const clock = install();
  try {
    const { io, said } = terminal(true);
    {
      using line = new ProgressLine(io, { quiet: false });
      let rows = 0;
      line.show(() => `${++rows} rows`);
      line.say("before");
      clock.tick(400);
      line.say("Cannot read a.csv: gone");
      clock.tick(200);
    }
    clock.tick(1_000);
    const clear = "\r\x1b[K";
    assertEquals(said, [
      "before\n",
      "\r1 rows\x1b[K",
      "\r2 rows\x1b[K",
      clear,
      "Cannot read a.csv: gone\n",
      "\r3 rows\x1b[K",
      clear,
    ]);
  } finally {
    clock.uninstall();
  }
});

for (const [where, isTerminal, quiet] of [["elsewhere", false, false], ["when quiet", true, true]] as const) {
  Deno.test(`ProgressLine() says messages only, ${where}`, () => {
    const clock = install();
    try {
      const { io, said } = terminal(isTerminal);
      using line = new ProgressLine(io, { quiet });
      line.show(() => "a line");
      clock.tick(1_000);
      line.say("done");
      assertEquals(said, ["done\n"]);
    } finally {
      clock.uninstall();
    }
  });
}
