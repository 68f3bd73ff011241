import { assert, assertEquals } from "@std/assert/mod.js";
import { keyHash } from "../../../lib/caches/key_hash.ts";
import type { Io } from "../../../lib/cli/io.ts";
import { program } from "../../../lib/cli/program.ts";
import { encodeKey } from "../../../lib/recipe/key.ts";

export const encoder = new TextEncoder();

export interface CallOptions {
  readonly env?: Record<string, string>;
  readonly stdin?: string | readonly string[];
  readonly signal?: AbortSignal;
}

/** Calls `sluice cache …`, with one more setting: the cache. */
export async function call(cache: string, args: string[], options: CallOptions = {}) {
  let stdout = "", stderr = "";
  const stdin = typeof options.stdin === "string" ? [options.stdin] : options.stdin ?? [];
  const io: Io = {
    stdout: (text) => stdout += text,
    stderr: (text) => stderr += text,
    stdin: ReadableStream.from(stdin.map((text) => encoder.encode(text))),
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    signal: options.signal ?? new AbortController().signal,
  };
  const status = await program(["cache", ...args, "--cache", cache], io, { env: options.env ?? {} });
  return { status, stdout, stderr };
}

export const hashOf = (company: string, title: string, bytes: number) =>
  keyHash(encodeKey(company, title)).subarray(0, bytes)
    .toBase64({ alphabet: "base64url", omitPadding: true });

export const records = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ company: `c${i}`, title: `t${i}` }));
export const answered = (count: number) =>
  records(count).map((record, i) => `${JSON.stringify({ ...record, answer: i % 7 + 1 })}\n`).join("");
/** For answers that do not say whose they are. */
export const trusted = ["--trust-model", "seniority:1"];
/** The first line of an export. */
export const header =
  '{"sluice":"cache","model":"seniority","version":"1","normalize":"exact","namespace":"3786f9a0b435e684"}\n';
export const sorted = (lines: string) => lines.split("\n").sort().join("\n");

/** Every command once, on one cache. */
export async function allCommands(cache: string, shown: string, hashBytes: number): Promise<void> {
  const whose = `${shown}, model seniority 1, keys exact`;
  await using folder = await tempFolder();
  assertEquals(await call(cache, ["set", "--company", "Acme", "--title", "", "--answer", "3"]), {
    status: 0,
    stdout: "",
    stderr: `Stored 3 in ${whose}; none was cached\n`,
  });
  assertEquals(await call(cache, ["set", "--company", "Acme", "--title", "", "--answer", "5"]), {
    status: 0,
    stdout: "",
    stderr: `Stored 5 in ${whose}; it was 3\n`,
  });
  assertEquals(await call(cache, ["get", "--company", "Acme", "--title", ""]), {
    status: 0,
    stdout: "5\n",
    stderr: "",
  });
  assertEquals(await call(cache, ["get", "--company", "acme", "--title", ""]), {
    status: 1,
    stdout: "",
    stderr: `No answer is cached in ${whose}\n`,
  });
  assertEquals(await call(cache, ["export"]), {
    status: 0,
    stdout: `${header}{"hash":"${hashOf("Acme", "", hashBytes)}","answer":5}\n`,
    stderr: `Wrote 1 answer from ${shown}\n`,
  });
  assertEquals(await call(cache, ["drop", "--model-version", "1"]), {
    status: 0,
    stdout: "",
    stderr: `Removed 1 answer from ${shown}: model seniority 1, keys exact\n`,
  });

  // More than a batch, and in pieces that are no lines.
  const lines = answered(2_500);
  const pieces = lines.match(/[^]{1,10000}/g)!;
  assertEquals(await call(cache, ["import", ...trusted], { stdin: pieces }), {
    status: 0,
    stdout: "",
    stderr: `Stored 2,500 answers in ${whose}\n`,
  });
  const stats = JSON.parse((await call(cache, ["stats", "--json"])).stdout);
  assertEquals(stats.cache, shown);
  assertEquals(stats.recipe, {
    modelName: "seniority",
    modelVersion: "1",
    normalize: "exact",
    namespace: "3786f9a0b435e684",
  });
  assertEquals(stats.entries, 2_500);
  assert(stats.bytesPerEntry > 1);
  assertEquals(stats.generations.length, 1);

  const keys = `${folder.path}/records.jsonl`;
  const known = records(2_500).map((record) => JSON.stringify(record));
  await Deno.writeTextFile(
    keys,
    ["\ufeff", ...known, known[3], "", "no json", '{"company":"c1"}', '{"company":"new","title":"t"}'].join(
      "\n",
    ),
  );
  const readable = await call(cache, ["export", "--keys", keys]);
  assertEquals([readable.status, readable.stdout], [0, header + lines]);
  assertEquals(
    readable.stderr,
    `Wrote 2,500 answers from ${shown}; no answer for 1 pair of ${keys}; ` +
      `skipped 2 lines without a pair, the first at line 2504 (invalid_json)\n`,
  );

  const hashes = (await call(cache, ["export"])).stdout;
  assertEquals(hashes.match(/\n/g)?.length, 2_501);
  assertEquals(
    (await call(cache, ["drop", "--model-version", "1"])).stderr.match(/^Removed 2,500 /)?.length,
    1,
  );
  const file = `${folder.path}/hashes.jsonl`;
  await Deno.writeTextFile(file, hashes);
  assertEquals((await call(cache, ["import", file])).stderr, `Stored 2,500 answers in ${whose}\n`);
  assertEquals(sorted((await call(cache, ["export"])).stdout), sorted(hashes));
  assertEquals((await call(cache, ["export", "--keys", keys])).stdout, header + lines);
}

export async function tempFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "sluice-cache-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
