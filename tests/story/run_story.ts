import { assert, assertEquals } from "@std/assert/mod.js";
import { gunzipSync, gzipSync } from "node:zlib";
import { FakeModel } from "../fakes/model.ts";
import { FakeS3 } from "../fakes/s3.ts";
import {
  assertSameBytes,
  concat,
  type CorpusLine,
  expectedOutput,
  expectedRejects,
  joinLines,
  oddLines,
  plainLines,
} from "./corpus.ts";
import { sluice } from "./sluice_process.ts";

export const bytesOf = (lines: readonly CorpusLine[]) => lines.map(({ input }) => input);
export const bom = Uint8Array.of(0xef, 0xbb, 0xbf);

/** Objects by name: their bytes, their lines, and the text that their output must be. */
export function objects(): { name: string; lines: CorpusLine[]; bytes: Uint8Array<ArrayBuffer> }[] {
  const odd = oddLines(), plain = plainLines(3_000, 1_700);
  const half = plain.slice(0, 1_500);
  return [
    { name: "1721183934.jsonl", lines: plain, bytes: joinLines(bytesOf(plain)) },
    { name: "1721183994.jsonl", lines: odd, bytes: joinLines(bytesOf(odd)) },
    {
      name: "a b+c%2F/ü👔.ndjson",
      lines: odd,
      bytes: concat([bom, joinLines(bytesOf(odd), { newline: "\r\n" })]),
    },
    { name: "empty.jsonl", lines: [], bytes: new Uint8Array(0) },
    { name: "last line open.jsonl", lines: half, bytes: joinLines(bytesOf(half), { closed: false }) },
    {
      name: "members.jsonl.gz",
      lines: [...half, ...odd],
      bytes: concat([
        gzipSync(joinLines(bytesOf(half))),
        gzipSync(new Uint8Array(0)),
        gzipSync(joinLines(bytesOf(odd))),
      ]),
    },
  ];
}

export async function story(redisUrl: string): Promise<void> {
  await using s3 = await FakeS3.start({ buckets: ["raw", "mod"], maxKeys: 2 });
  await using model = await FakeModel.start();
  const folder = await Deno.makeTempDir();
  try {
    const given = objects();
    for (const { name, bytes } of given) s3.put("raw", `in/${name}`, bytes);
    s3.put("raw", "in/readme.txt", new TextEncoder().encode("no records"));
    s3.put("raw", "in/_hidden/x.jsonl", new TextEncoder().encode("{}\n"));
    const args = [
      ...["run", "--from", "s3://raw/in/", "--to", "s3://mod/out", "--cache", redisUrl, "--model", model.url],
      ...["--model-calls-per-second", "1000", "--json"],
    ];
    const env = s3.environment;

    const first = await sluice(args, { env, cwd: folder });
    assertEquals(first.status, 3, first.stderr);
    const expectedKeys: string[] = [];
    for (const { name, lines } of given) {
      const isGzip = name.endsWith(".gz");
      const stored = async (key: string) => {
        const bytes = await s3.bytes("mod", key);
        return isGzip ? gunzipSync(bytes) : bytes;
      };
      expectedKeys.push(`out/${name}`);
      assertSameBytes(await stored(`out/${name}`), expectedOutput(lines), name);
      const rejects = expectedRejects(`s3://raw/in/${name}`, lines);
      if (rejects.length > 0) {
        expectedKeys.push(`out/_rejects/${name}`);
        const text = new TextDecoder().decode(await stored(`out/_rejects/${name}`));
        assertEquals(text.trimEnd().split("\n").map((line) => JSON.parse(line)), rejects);
      }
      const { headers } = s3.object("mod", `out/${name}`)!;
      assertEquals(headers["x-amz-meta-sluice-rejects"], String(rejects.length));
      assertEquals(headers["content-type"], "application/x-ndjson");
      assertEquals(headers["content-encoding"], isGzip ? "gzip" : undefined);
    }
    assertEquals(s3.keys("mod").toSorted(), expectedKeys.toSorted());
    assertEquals(s3.unfinishedUploads(), []);

    const all = given.flatMap(({ lines }) => lines);
    const pairs = new Set(all.flatMap(({ pair }) => pair ?? []));
    const summary = JSON.parse(first.stdout.trimEnd().split("\n").at(-1)!);
    assertEquals(summary.objects, { found: 8, skipped: 0, done: 6, failed: 0, gone: 0, ignored: 2 });
    assertEquals(summary.skippedObjects.reasons, { hidden: 1, not_a_record_file: 1 });
    assertEquals(summary.records, {
      in: all.length,
      out: all.filter(({ output }) => output).length,
      rejected: all.filter(({ reason }) => reason).length,
      blank: all.filter(({ output, reason }) => !output && !reason).length,
    });
    assertEquals(summary.keys.asked, pairs.size);
    assertEquals(summary.model.calls, Math.ceil(pairs.size / 1_000));
    assertEquals(model.stats().questions, pairs.size);
    assertEquals(model.stats().keysAskedTwice, 0);

    const requests = s3.requests.length;
    const second = await sluice(args, { env, cwd: folder });
    assertEquals(second.status, 0, second.stderr);
    assertEquals(JSON.parse(second.stdout.trimEnd().split("\n").at(-1)!).objects.skipped, 6);
    const operations = new Set(s3.requests.slice(requests).map(({ operation }) => operation));
    assertEquals(
      operations,
      new Set(["ListObjectsV2", "ListMultipartUploads"]),
      "a second run lists, and nothing else",
    );
    assertEquals(model.stats().questions, pairs.size);

    // A new version asks again; a lost ledger costs HEADs, but no work.
    await Deno.remove(`${folder}/.sluice`, { recursive: true });
    const third = await sluice(args, { env, cwd: folder });
    assertEquals(JSON.parse(third.stdout.trimEnd().split("\n").at(-1)!).objects.skipped, 6);
    const fourth = await sluice([...args, "--model-version", "2", "--quiet"], { env, cwd: folder });
    assertEquals([fourth.status, fourth.stderr], [3, ""]);
    assertEquals(model.stats().questions, 2 * pairs.size);
    for (const secret of ["secret", "hunter2"]) {
      for (const { stdout, stderr } of [first, second, third, fourth]) {
        assert(!stdout.includes(secret) && !stderr.includes(secret));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
