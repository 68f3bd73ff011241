import type { ErrorText, ErrorTexts } from "./error_text.ts";

/** A line that cannot be imported, and why. */
function badLine(when: string, why: string, line: string, cache = "cache.db"): ErrorText {
  return {
    when,
    text: `sluice: Cannot import line 1 of <DIR>/answers.jsonl: ${why}`,
    status: 1,
    async provoke(scene) {
      const path = scene.write("answers.jsonl", `${line}\n`);
      const said = await scene.sluice([
        "cache",
        "import",
        path,
        "--cache",
        `sqlite:${scene.folder}/${cache}`,
      ]);
      if (typeof said === "string") return said;
      // What was stored before is said first.
      return { ...said, text: said.text.split("\n").filter((line) => line.startsWith("sluice:")).join("\n") };
    },
  };
}

/** A command that fails at once. */
function command(when: string, text: string, status: number, args: (folder: string) => string[]): ErrorText {
  return {
    when,
    text,
    status,
    provoke: (scene) => scene.sluice(["cache", ...args(scene.folder)]),
  };
}

export const cacheCommandTexts: ErrorTexts = {
  name: "sluice cache",
  rows: [
    badLine("a line that is not JSON", "it is not JSON", "{"),
    badLine("a line that is no object", "it is not a JSON object", "[3]"),
    badLine(
      "an answer out of range",
      "answer must be a whole number from 1 to 7, is 8",
      `{"company":"a","title":"b","answer":8}`,
    ),
    badLine(
      "a line without a title",
      "it needs a hash, or company and title as texts; title is missing",
      `{"company":"a","answer":3}`,
    ),
    badLine(
      "a line with a hash and a title",
      "it has both a hash and company or title",
      `{"hash":"AAAAAAAAAAA","title":"b","answer":3}`,
    ),
    badLine("an invalid hash", "hash must be 8 or 16 bytes in base64url", `{"hash":"?","answer":3}`),
    badLine(
      "a hash of buckets for a file",
      "its hash has 8 bytes, sqlite:<DIR>/cache.db uses hashes of 16; export with --keys, so that lines have company and title",
      `{"hash":"AAAAAAAAAAA","answer":3}`,
    ),
    command(
      "a file of answers that is not there",
      "sluice: Cannot read <DIR>/absent.jsonl: there is no such file",
      1,
      (folder) => ["import", `${folder}/absent.jsonl`, "--cache", `sqlite:${folder}/cache.db`],
    ),
    command(
      "a folder in place of answers",
      "sluice: Cannot read <DIR>/in: it is a folder, not a file",
      1,
      (folder) => ["import", `${folder}/in`, "--cache", `sqlite:${folder}/cache.db`],
    ),
    command(
      "a SQLite cache that is not there",
      "sluice: Cannot open cache sqlite:<DIR>/absent.db: there is no such file",
      1,
      (folder) => ["stats", "--cache", `sqlite:${folder}/absent.db`],
    ),
    command(
      "a cache that outlives no run",
      "sluice: Cannot use cache memory: here: it does not persist between runs; it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH or sqlite:PATH",
      2,
      () => ["stats", "--cache", "memory:"],
    ),
  ],
};
