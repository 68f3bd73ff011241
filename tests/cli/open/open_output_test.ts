import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { openOutput } from "../../../lib/cli/open/open_output.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("openOutput() shows all of a file, or what was there before", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.csv`;
    Deno.writeTextFileSync(path, "before");
    {
      await using output = await openOutput(path);
      await output.write("ü".repeat(200_000));
      assertEquals(Deno.readTextFileSync(path), "before");
      await output.write("end");
      await output.keep();
    }
    assertEquals(Deno.readTextFileSync(path), `${"ü".repeat(200_000)}end`);
    assertEquals(namesIn(folder), ["a.csv"]);
  }));

Deno.test("openOutput() leaves nothing that is not kept", () =>
  inFolder(async (folder) => {
    {
      await using output = await openOutput(`${folder}/a.csv`);
      await output.write("x".repeat(100_000));
      assertEquals(namesIn(folder).length, 1);
    }
    assertEquals(namesIn(folder), []);
  }));

Deno.test("openOutput() fails before anything is written", () =>
  inFolder(async (folder) => {
    await assertRejects(() => openOutput(folder), Error, `Cannot write ${folder}: it is a folder`);
    await assertRejects(() => openOutput(`${folder}/no/a`), Error, "there is no such folder");
    assertEquals(namesIn(folder), []);
  }));
