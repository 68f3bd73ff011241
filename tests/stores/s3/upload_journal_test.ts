import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { join } from "node:path";
import { UploadJournal } from "../../../lib/stores/s3/upload_journal.ts";

async function inFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await test(join(parent, "uploads"));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

const silent = (message: string) => {
  throw new Error(message);
};

function orphansOf(journal: UploadJournal) {
  return [...journal.orphans()].map((orphans) => {
    orphans.release();
    return orphans.uploads;
  });
}

Deno.test("UploadJournal returns what a dead process has left unfinished, until it is forgotten", () =>
  inFolder((folder) => {
    const dead = new UploadJournal(folder, silent);
    dead.begun("s3://b/p/", "a", "1");
    dead.begun("s3://b/p/", "c", "2");
    dead.ended("1");
    dead[Symbol.dispose]();
    using journal = new UploadJournal(folder, silent);
    assertEquals(orphansOf(journal), [[{ store: "s3://b/p/", name: "c", id: "2" }]]);
    for (const orphans of journal.orphans()) {
      orphans.forget("2");
      orphans.release();
    }
    assertEquals(orphansOf(journal), []);
  }));

Deno.test("UploadJournal hides what a living process has begun", () =>
  inFolder((folder) => {
    using living = new UploadJournal(folder, silent);
    living.begun("s3://b/p/", "a", "1");
    using journal = new UploadJournal(folder, silent);
    assertEquals(orphansOf(journal), []);
    assertEquals(orphansOf(living), []);
  }));

Deno.test("UploadJournal leaves no file behind when all is finished, none at all without uploads", () =>
  inFolder(async (folder) => {
    const idle = new UploadJournal(folder, silent);
    idle[Symbol.dispose]();
    const busy = new UploadJournal(folder, silent);
    busy.begun("s3://b/p/", "a", "1");
    busy.ended("1");
    busy.ended("unknown");
    busy[Symbol.dispose]();
    assertEquals(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("UploadJournal reads what it can of a file that was cut off", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(folder);
    const begun = JSON.stringify({ begun: { store: "s", name: "n", id: "i" } });
    await Deno.writeTextFile(join(folder, "x.uploads"), `${begun}\n{"ended":`);
    using journal = new UploadJournal(folder, silent);
    assertEquals(orphansOf(journal), [[{ store: "s", name: "n", id: "i" }]]);
  }));

Deno.test("UploadJournal continues without notes where it cannot write them", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(folder, "a file");
    const messages: string[] = [];
    using journal = new UploadJournal(folder, (message) => messages.push(message));
    journal.begun("s", "n", "1");
    journal.ended("1");
    assertEquals(orphansOf(journal), []);
    assertEquals(messages.length, 1);
    assertStringIncludes(messages[0]!, `Continuing without notes of unfinished uploads in ${folder}: `);
  }));

Deno.test("UploadJournal does not grow with the number of uploads", () =>
  inFolder(async (folder) => {
    using journal = new UploadJournal(folder, silent);
    journal.begun("s", "n", "kept");
    for (let i = 0; i < 25_000; i++) {
      journal.begun("s", "n", `${i}`);
      journal.ended(`${i}`);
    }
    const [file] = await Array.fromAsync(Deno.readDir(folder));
    const { size } = await Deno.stat(join(folder, file!.name));
    assertEquals([size < 1_500_000, [...journal.living()]], [true, ["kept"]]);
    using other = new UploadJournal(folder, silent);
    assertEquals([...other.living()], ["kept"]);
  }));
