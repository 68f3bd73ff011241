import { assertEquals } from "@std/assert/mod.js";
import { resolve } from "node:path";
import { volatileFileSystem } from "../../lib/caches/volatile_file_system.ts";

const notThere = Object.assign(new Error("no such file"), { code: "ENOENT" });
const denied = Object.assign(new Error("not allowed"), { code: "EACCES" });

Deno.test("volatileFileSystem() names what goes away, also where the number came as a negative one", () => {
  const types = [0x01021994, 0x858458f6, 0x858458f6 | 0, 0x794c7630, 0xef53, 0];
  assertEquals(
    types.map((type) => volatileFileSystem("cache.db", () => type)),
    [
      "tmpfs",
      "ramfs",
      "ramfs",
      "overlay",
      undefined,
      undefined,
    ],
  );
});

Deno.test("volatileFileSystem() asks the nearest folder that is there", () => {
  const asked: string[] = [];
  const found = volatileFileSystem("a/b/cache.db", (path) => {
    asked.push(path);
    if (path !== resolve(".")) throw notThere;
    return 0x01021994;
  });
  assertEquals(found, "tmpfs");
  assertEquals(
    asked,
    ["a/b/cache.db", "a/b", "a", "."].map((path) => resolve(path)),
  );
});

Deno.test("volatileFileSystem() says nothing where it cannot be found out", () => {
  for (const error of [denied, notThere]) {
    const found = volatileFileSystem("cache.db", () => {
      throw error;
    });
    assertEquals(found, undefined);
  }
});

Deno.test("volatileFileSystem() finds the type out with the permissions that tests have", async () => {
  const folder = await Deno.makeTempDir();
  const real = volatileFileSystem(folder);
  assertEquals(volatileFileSystem(`${folder}/not/there.db`), real);
  await Deno.remove(folder);
});
