import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { REMOVED_LINE } from "./decode.ts";
import type { LineBatch } from "./window.ts";
import { WindowStream } from "./window.ts";
import { runStage } from "../stages/run_stage.ts";

async function windows(lines: string[], windowRecords = 2, windowBytes = 100): Promise<string[][]> {
  const batches = await runStage<string, LineBatch>(lines, new WindowStream({ windowRecords, windowBytes }));
  return batches.map(({ lines }) => lines);
}

Deno.test("WindowStream() gathers windowRecords lines, in order", async () => {
  assertEquals(await windows(["a", "b", "c", "d"]), [["a", "b"], ["c", "d"]]);
});

Deno.test("WindowStream() flushes a partial window on close", async () => {
  assertEquals(await windows(["a", "b", "c"]), [["a", "b"], ["c"]]);
});

Deno.test("WindowStream() of nothing is nothing", async () => {
  assertEquals(await windows([]), []);
});

Deno.test("WindowStream() of windowRecords 1 is a window a line", async () => {
  assertEquals(await windows(["a", "", "c"], 1), [["a"], [""], ["c"]]);
});

Deno.test("WindowStream() ends a window with the line that brings it to windowBytes", async () => {
  assertEquals(await windows(["123", "45", "6", "7890123", "4"], 10, 5), [["123", "45"], ["6", "7890123"], [
    "4",
  ]]);
});

Deno.test("WindowStream() says how long a window is", async () => {
  const batches = await runStage<string, LineBatch>(
    ["ab", "c"],
    new WindowStream({ windowRecords: 9, windowBytes: 99 }),
  );
  assertEquals(batches.map(({ length }) => length), [3]);
});

Deno.test("WindowStream() names a bad option with its value", () => {
  assertThrows(
    () => new WindowStream({ windowRecords: 0, windowBytes: 1 }),
    SluiceError,
    "Cannot gather windows: windowRecords is 0, not 1 or more",
  );
  assertThrows(
    () => new WindowStream({ windowRecords: 1, windowBytes: NaN }),
    SluiceError,
    "Cannot gather windows: windowBytes is NaN, not 1 or more",
  );
});

Deno.test("WindowStream() reads no more than a window ahead of its reader", async () => {
  let read = 0;
  const source = new ReadableStream<string>({
    pull(controller) {
      controller.enqueue(String(read++));
    },
  }, { highWaterMark: 0 });
  const reader = source.pipeThrough(new WindowStream({ windowRecords: 10, windowBytes: 1_000 })).getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(read <= 21, true, `${read} lines read for one window of 10`);
  await reader.cancel();
});

Deno.test("WindowStream() cancels its source with the reader's reason", async () => {
  const reasons: unknown[] = [];
  const source = new ReadableStream<string>({
    pull: (controller) => controller.enqueue("a"),
    cancel: (reason) => void reasons.push(reason),
  });
  const stream = source.pipeThrough(new WindowStream({ windowRecords: 1, windowBytes: 1 }));
  await stream.cancel("enough");
  await new Promise((resolve) => setTimeout(resolve)); // the pipe passes it on in its own time
  assertEquals(reasons, ["enough"]);
});

Deno.test("WindowStream() counts what is kept of removed lines", async () => {
  const removed = `${REMOVED_LINE}60`;
  assertEquals(await windows(["1", removed, removed, "2"], 10, 100), [["1", removed, removed], ["2"]]);
});
