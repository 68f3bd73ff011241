/** `--since` and `--until` go by the time that a name tells, if it is one; names that begin with other digits by their date. */
import { assertEquals } from "@std/assert/mod.js";
import { objectTime } from "../../lib/jobs/object_time.ts";
import { record, Scene } from "../errors/scene.ts";

/** Names whose digits are no unix time in seconds, and the year that each is of, if its file is of 2026. */
const years: Readonly<Record<string, number>> = {
  "000000000_0.jsonl": 2026,
  "100000123-export.jsonl": 2026,
  "202401011.jsonl": 2026,
  "1704067200.jsonl": 2024,
  "1704067200000.jsonl": 2024,
  "2024-01-01.jsonl": 2024,
  "20240101.jsonl": 2024,
  "2024010112.jsonl": 2024,
  "20240101T1230.jsonl": 2024,
  "2024-13-01.jsonl": 2026,
  "9999999999.jsonl": 2026,
  "a-1704067200.jsonl": 2026,
};

Deno.test("objectTime() takes digits for a time only if they are a plausible one", () => {
  const modifiedMs = Date.UTC(2026, 0, 15);
  const found = Object.keys(years).map((name) => {
    const seconds = objectTime({ name: `in/${name}`, etag: "", bytes: 0, modifiedMs });
    return [name, new Date(seconds * 1000).getUTCFullYear()];
  });
  assertEquals(Object.fromEntries(found), years);
});

Deno.test("objectTime() reads the hour of YYYYMMDDHH, and milliseconds", () => {
  const time = (name: string) =>
    new Date(objectTime({ name, etag: "", bytes: 0, modifiedMs: 0 }) * 1000).toISOString();
  assertEquals(time("2024010112.jsonl"), "2024-01-01T12:00:00.000Z");
  assertEquals(time("1704067200123.jsonl"), "2024-01-01T00:00:00.123Z");
  assertEquals(time("2024-01-01T08-30-05-part.jsonl"), "2024-01-01T08:30:05.000Z");
});

Deno.test("run --since and --until take YYYYMMDDHH for its hour, and ids for no time at all", async () => {
  await using scene = await Scene.create();
  await Deno.remove(`${scene.folder}/in/a.jsonl`);
  const date = new Date("2026-01-15T00:00:00Z");
  for (const name of ["2024010112.jsonl", "202401011.jsonl", "100000123-export.jsonl"]) {
    const path = scene.write(`in/${name}`, record(name));
    await Deno.utime(path, date, date);
  }
  const taken = async (flags: Record<string, string>, to: string) => {
    await scene.run({ ...flags, to: `${scene.folder}/${to}` });
    return Array.from(Deno.readDirSync(`${scene.folder}/${to}`), ({ name }) => name)
      .filter((name) => name.endsWith(".jsonl")).sort();
  };
  const args = ["--from", `${scene.folder}/in`, "--cache", "none:", "--until", "2024-01-01"];
  const { figures } = await scene.figures(["estimate", ...args, "--allow-empty"]);
  assertEquals(figures.skippedObjects.names, [
    { name: "100000123-export.jsonl", reason: "other_time", timeFrom: "date" },
    { name: "202401011.jsonl", reason: "other_time", timeFrom: "date" },
    { name: "2024010112.jsonl", reason: "other_time", timeFrom: "name" },
  ]);
  assertEquals(await taken({ until: "2025-01-01" }, "until"), ["2024010112.jsonl"]);
  assertEquals(await taken({ since: "2025-01-01" }, "since"), ["100000123-export.jsonl", "202401011.jsonl"]);
});
