import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { PairSketch } from "../../../lib/cli/run/pair_sketch.ts";

async function inFolder(
  test: (path: string, messages: string[]) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    test(`${folder}/state/sightings`, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const open = (
  path: string,
  messages: string[],
  more: { bytes?: number; everyMs?: number } = {},
) =>
  new PairSketch({
    path,
    bytes: 65_536,
    tell: (message) => messages.push(message),
    ...more,
  });

Deno.test("PairSketch keeps the counts for the next run", () =>
  inFolder((path, messages) => {
    {
      using first = open(path, messages);
      first.sketch.add("a", 3);
    }
    using second = open(path, messages);
    assertEquals([second.sketch.estimate("a"), messages.length], [3, 0]);
    assertEquals(
      [...Deno.readDirSync(path.replace(/\/[^/]*$/, ""))].map(({ name }) => name),
      ["sightings"],
    );
  }));

Deno.test("PairSketch starts over if the file is invalid or has another size, and says so", () =>
  inFolder((path, messages) => {
    open(path, messages)[Symbol.dispose]();
    using larger = open(path, messages, { bytes: 131_072 });
    assertEquals(larger.sketch.estimate("a"), 0);
    assertEquals(messages, [
      `Continuing without the counts of earlier runs: Cannot use ${path}: not a sketch file, or a different size`,
    ]);
  }));

Deno.test("PairSketch saves from time to time, and continues if it cannot", () =>
  inFolder((path, messages) => {
    const clock = install({ toFake: ["setInterval", "clearInterval"] });
    try {
      using sightings = open(path, messages, { everyMs: 1_000 });
      sightings.sketch.add("a", 1);
      clock.tick(1_000);
      assertEquals(open(path, messages).sketch.estimate("a"), 1);
      Deno.removeSync(path);
      Deno.mkdirSync(path);
      clock.tick(1_000);
      assertStringIncludes(
        messages[0]!,
        `Cannot save the counts of pairs in ${path}: Is a directory`,
      );
      assertEquals(
        [...Deno.readDirSync(path.replace(/\/[^/]*$/, ""))].length,
        1,
        "nothing half written stays",
      );
    } finally {
      clock.uninstall();
    }
  }));
