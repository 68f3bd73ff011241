/** Whole runs against real S3 servers, whose outputs must be those of a run against the fake, byte by byte. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { assert, assertEquals } from "@std/assert/mod.js";
import { delay } from "@std/async/delay.js";
import { pooledMap } from "@std/async/pool.js";
import { createHash } from "node:crypto";
import { FakeS3 } from "../fakes/s3.ts";
import { s3Programs, S3Server } from "../fakes/s3_server.ts";
import { sluice, startSluice } from "./sluice_process.ts";

type Environment = Readonly<Record<string, string>>;

/** More than a page of a listing. */
const manyObjects = 1_100;

/** Outputs that are there when a run is killed. */
const outputsBeforeKill = 200;

const oddNames = [
  "with space",
  " leading and trailing ",
  "plus+plus",
  "100%",
  "%2F%20",
  "%zz",
  "question?x=1&y=2",
  "hash#fragment",
  "'single' \"double\"",
  "~tilde",
  "back`tick",
  "semi;colon,comma:colon",
  "at@sign=equals$",
  "(round)[square]{curly}<angle>",
  "star*pipe|caret^bang!",
  "back\\slash",
  "ümläut",
  "u\u0308 decomposed",
  "日本語",
  "👔 astral",
  "\uff21 behind the surrogates",
  "dots...in...it",
  "folder./trailing dot.",
  "a/x",
  "a-b",
  "a0",
  "A",
  "very/deep/" + "d/".repeat(40) + "x",
  "long/" + "x".repeat(200),
  "long/" + "é".repeat(100),
].map((name) => `odd/${name}.jsonl`);

function content(name: string, i: number): string {
  const lines = [`{"company":"Acme ${i % 7}","title":"Engineer ${i % 50}","object":${JSON.stringify(name)}}`];
  // Sent in two parts.
  if (i === 0) {
    for (let n = 0; n < 9_000; n++) {
      lines.push(`{"company":"A","title":"B","n":${n},"text":"${"y".repeat(960)}"}`);
    }
  }
  // One without a title.
  if (i % 100 === 1) lines.push(`{"company":"Acme"}`);
  return lines.join("\n") + "\n";
}

const sources = [
  ...oddNames,
  ...Array.from({ length: manyObjects }, (_, i) => `many/${String(i).padStart(5, "0")}.jsonl`),
];

function clientOf(env: Environment): S3Client {
  return new S3Client({
    endpoint: env.AWS_ENDPOINT_URL_S3,
    region: env.AWS_REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID!, secretAccessKey: env.AWS_SECRET_ACCESS_KEY! },
    requestHandler: new FetchHttpHandler(),
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

async function keysOf(client: S3Client, Bucket: string): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, ContinuationToken, EncodingType: "url" }),
    );
    const isEncoded = page.EncodingType === "url"; // versitygw ignores that it is asked for
    for (const { Key = "" } of page.Contents ?? []) {
      keys.push(isEncoded ? decodeURIComponent(Key.replaceAll("+", " ")) : Key);
    }
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
  return keys;
}

/** Every key of a bucket with the SHA-256 of what it holds. */
async function hashesOf(client: S3Client, Bucket: string): Promise<[key: string, sha256: string][]> {
  const hash = async (Key: string): Promise<[string, string]> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return [Key, createHash("sha256").update(await Body!.transformToByteArray()).digest("hex")];
  };
  const hashes: [string, string][] = [];
  for await (const found of pooledMap(16, await keysOf(client, Bucket), hash)) hashes.push(found);
  return hashes.sort(([a], [b]) => a < b ? -1 : 1);
}

async function fill(client: S3Client): Promise<void> {
  const put = ([i, Key]: [number, string]) =>
    client.send(
      new PutObjectCommand({
        Bucket: "raw",
        Key: `in/${Key}`,
        Body: new TextEncoder().encode(content(Key, i)),
      }),
    );
  for await (const _ of pooledMap(16, sources.entries(), put));
}

function argsOf(folder: string, ledger: string): string[] {
  return [
    ...[
      "run",
      "--from",
      "s3://raw/in/",
      "--to",
      "s3://mod/out/",
      "--model",
      "reference:",
      "--cache",
      "memory:",
    ],
    ...["--allow-rejects", "--json", "--quiet", "--ledger", `${folder}/${ledger}/ledger.db`],
  ];
}

/** One run that is killed, two at once, and one that finds nothing to do. */
async function runs(env: Environment, folder: string, client: S3Client): Promise<void> {
  const killed = startSluice(argsOf(folder, "a"), { env, cwd: folder });
  let hasEnded = false;
  const ended = killed.ended.then((result) => {
    hasEnded = true;
    return result;
  });
  while (!hasEnded && (await keysOf(client, "mod")).length < outputsBeforeKill) await delay(200);
  assert(!hasEnded, `the run that was to be killed ended before: ${hasEnded && (await ended).stderr}`);
  killed.kill("SIGKILL");
  await ended;
  const both = await Promise.all(
    ["a", "b"].map((ledger) => sluice(argsOf(folder, ledger), { env, cwd: folder })),
  );
  for (const { status, stderr } of both) assertEquals(status, 0, stderr);
  const last = await sluice(argsOf(folder, "c"), { env, cwd: folder });
  const { objects } = JSON.parse(last.stdout);
  assertEquals([last.status, objects.skipped, objects.done], [0, sources.length, 0], last.stderr);
}

let expected: [string, string][] | undefined;

/** What a run against the fake writes. */
async function expectedHashes(folder: string): Promise<[string, string][]> {
  if (expected !== undefined) return expected;
  await using fake = await FakeS3.start({ buckets: ["raw", "mod"] });
  const client = clientOf(fake.environment);
  await fill(client);
  const ran = await sluice(argsOf(folder, "fake"), { env: fake.environment, cwd: folder });
  assertEquals(ran.status, 0, ran.stderr);
  expected = await hashesOf(client, "mod");
  client.destroy();
  return expected;
}

for (const program of s3Programs) {
  Deno.test(`run writes to ${program} what it writes to the fake: odd names, pages, a kill, two runs at once`, async () => {
    const started = await S3Server.start(program);
    if (typeof started === "string") return console.log(`skipped: ${started}`);
    await using server = started;
    const folder = await Deno.makeTempDir();
    const client = clientOf(server.environment);
    try {
      for (const Bucket of ["raw", "mod"]) await client.send(new CreateBucketCommand({ Bucket }));
      await fill(client);
      await runs(server.environment, folder, client);
      const found = await hashesOf(client, "mod"), wanted = await expectedHashes(folder);
      assert(wanted.length > sources.length); // with rejects
      assertEquals(found.map(([key]) => key), wanted.map(([key]) => key));
      assertEquals(found, wanted);
    } finally {
      client.destroy();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
