import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert/mod.js";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { S3Store, type S3StoreOptions } from "../../../lib/stores/s3/s3.ts";
import { ConditionFailedError, ObjectGoneError, WriteConflictError } from "../../../lib/stores/store.ts";
import { awsEnvironment } from "../../fakes/aws_environment.ts";
import { FakeS3, type FakeS3Options } from "../../fakes/s3.ts";
import { listed, put, type StoreUnderTest, testStore, text } from "../store_conformance.ts";

const { signal } = new AbortController();
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "do-not-print-me" };
const mark = { sourceEtag: "s", recipe: "r", rejects: 0 };
const writing = { mark, condition: { ifAbsent: true }, contentType: "application/x-ndjson", signal } as const;
const bytes = new TextEncoder().encode("hello");

interface S3UnderTest extends StoreUnderTest {
  readonly store: S3Store;
  readonly fake: FakeS3;
}

async function open(
  fakeOptions: FakeS3Options = {},
  options: S3StoreOptions = {},
  prefix = "p/",
): Promise<S3UnderTest> {
  const fake = await FakeS3.start({ buckets: ["b"], ...fakeOptions });
  const store = await S3Store.open(`s3://b/${prefix}`, {
    endpoint: fake.endpoint,
    region: "us-east-1",
    credentials,
    ...options,
  });
  return {
    store,
    fake,
    plant: (name, text) => void fake.put("b", prefix + name, text),
    async [Symbol.asyncDispose]() {
      await store.close();
      await fake[Symbol.asyncDispose]();
    },
  };
}

testStore("S3Store", open);

Deno.test("S3Store.list() asks for page after page, and for nothing else", async () => {
  await using under = await open({ maxKeys: 10 });
  under.fake.put("b", "o/before", "x");
  under.fake.put("b", "p0", "x");
  for (let i = 10; i < 45; i++) under.fake.put("b", `p/é +%${i}`, "x");
  assertEquals((await listed(under.store)).map(({ name }) => name.slice(-2)), range(10, 45));
  assertEquals(under.fake.requests.map(({ operation }) => operation), Array(4).fill("ListObjectsV2"));
});

Deno.test("S3Store.list() of no prefix shows the whole bucket", async () => {
  await using under = await open({}, {}, "");
  under.fake.put("b", "x/y", "x");
  under.fake.put("b", "z", "x");
  assertEquals((await listed(under.store)).map(({ name }) => name), ["x/y", "z"]);
});

/** Has listings answer with these pages, one after the other. */
function answerPages(fake: FakeS3, pages: readonly (readonly string[])[]): void {
  for (const [i, keys] of pages.entries()) {
    const contents = keys.map((key) => `<Contents><Key>${key}</Key><ETag>e</ETag></Contents>`).join("");
    const more = i < pages.length - 1
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${i}</NextContinuationToken>`
      : "";
    const body = new TextEncoder().encode(`<ListBucketResult>${more}${contents}</ListBucketResult>`);
    fake.fault({}, () => ({ status: 200, body }));
  }
}

Deno.test("S3Store.list() refuses pages that are out of order, unless any order will do", async () => {
  const troubles: string[] = [];
  await using under = await open({}, { onTrouble: (message) => troubles.push(message) });
  const pages = [["p/b", "p/a"], ["p/c", "p/aa"]];
  answerPages(under.fake, pages);
  await assertRejects(
    () => listed(under.store),
    Error,
    "Cannot list s3://b/p/: the server does not list in byte order, which is needed here: " +
      '"p/aa" came after "p/b"',
  );
  answerPages(under.fake, pages);
  const { signal } = new AbortController();
  const found = await Array.fromAsync(under.store.list(signal, { anyOrder: true }));
  assertEquals(found.map((page) => page.map(({ name }) => name)), [["a", "b"], ["aa", "c"]]);
  assertEquals(troubles, [
    'The server of s3://b/p/ does not list in byte order ("p/aa" came after "p/b"): outputs are looked for one by one',
  ]);
});

Deno.test("S3Store.list() refuses keys that come twice, and pages that repeat, in any order", async () => {
  await using under = await open();
  const { signal } = new AbortController();
  const list = () => Array.fromAsync(under.store.list(signal, { anyOrder: true }));
  answerPages(under.fake, [["p/a", "p/b", "p/a"]]);
  await assertRejects(list, Error, 'Cannot list s3://b/p/: the server lists "p/a" twice');
  answerPages(under.fake, [["p/a"], ["p/a"]]);
  await assertRejects(list, Error, `Cannot list s3://b/p/: the server's pages repeat, from "p/a" on`);
});

Deno.test("S3Store.list() names what failed, and no secret", async () => {
  await using under = await open();
  under.fake.fault({}, { status: 403, code: "AccessDenied", message: "Access Denied." });
  const error = await assertRejects(() => listed(under.store), Error);
  assertEquals(
    error.message,
    "Cannot list s3://b/p/: 403 AccessDenied: Access Denied; the credentials need the right s3:ListBucket",
  );
  assert(!Deno.inspect(error, { depth: 20 }).includes(credentials.secretAccessKey));
});

Deno.test("S3Store.list() of a bucket that is not there fails", async () => {
  await using fake = await FakeS3.start();
  const store = await S3Store.open("s3://b", { endpoint: fake.endpoint, region: "x", credentials });
  await assertRejects(() => listed(store), Error, "Cannot list s3://b/: 404 NoSuchBucket: ");
  await store.close();
});

Deno.test("S3Store() tries again when answers are bad, late or missing", async () => {
  await using under = await open();
  under.fake.put("b", "p/a", "hello");
  under.fake.fault({ operation: "ListObjectsV2" }, "reset");
  under.fake.fault({ operation: "ListObjectsV2" }, { status: 500, code: "InternalError" });
  under.fake.fault({ operation: "ListObjectsV2" }, { cutAfterBytes: 100 });
  under.fake.fault({ operation: "GetObject" }, "reset");
  const [object] = await listed(under.store);
  assertEquals(await text(under.store, object!), "hello");
  assertEquals(under.fake.count("ListObjectsV2"), 4);
});

Deno.test("S3Store() gives up after five attempts", async () => {
  await using under = await open();
  under.fake.fault({}, { status: 500, code: "InternalError", message: "We are sorry" }, { times: 9 });
  await assertRejects(
    () => under.store.head("a", signal),
    Error,
    "Cannot look at s3://b/p/a: 500",
  );
  assertEquals(under.fake.requests.length, 5);
});

Deno.test("S3Store.read() reads what has a content encoding as it is stored", async () => {
  await using under = await open();
  const stored = gzipSync("some text ".repeat(1_000));
  under.fake.put("b", "p/a", stored, { "content-encoding": "gzip" });
  const [object] = await listed(under.store);
  for (const offset of [0, 7]) {
    const body = await new Response(await under.store.read(object!, offset, signal)).bytes();
    assertEquals(body, new Uint8Array(stored.subarray(offset)));
  }
  const [, whole, ranged] = under.fake.requests;
  assertEquals(whole?.headers.get("accept-encoding"), "identity");
  assertEquals([whole?.range, ranged?.range], [undefined, "bytes=7-"]);
  assert(!whole?.headers.get("authorization")?.includes("accept-encoding"));
});

Deno.test("S3Store.read() passes a broken connection on, once bytes have come", async () => {
  await using under = await open();
  under.fake.put("b", "p/a", "x".repeat(200_000));
  under.fake.fault({ operation: "GetObject" }, { cutAfterBytes: 100_000 });
  const [object] = await listed(under.store);
  await assertRejects(() => text(under.store, object!), TypeError);
});

Deno.test("S3Store.read() refuses the whole object where it asked for its end", async () => {
  await using under = await open();
  under.fake.put("b", "p/a", "hello");
  const [object] = await listed(under.store);
  under.fake.fault({ operation: "GetObject" }, () => ({ status: 200, body: bytes }));
  await assertRejects(
    () => under.store.read(object!, 2, signal),
    Error,
    "Cannot read s3://b/p/a: asked for bytes from 2 on, the server sends the whole object",
  );
});

Deno.test("S3Store.read() distinguishes a missing bucket from a missing object", async () => {
  await using under = await open();
  under.fake.fault({}, { status: 404, code: "NoSuchBucket" });
  const object = { name: "a", etag: "e", bytes: 5, modifiedMs: 0 };
  const error = await assertRejects(() => under.store.read(object, 0, signal), Error, "404 NoSuchBucket");
  assert(!(error instanceof ObjectGoneError));
});

Deno.test("S3Store.put() sends metadata, types, encryption and its condition", async () => {
  await using under = await open({}, { sse: "aws:kms", sseKmsKeyId: "key-1" });
  await under.store.put("a", bytes, { ...writing, contentEncoding: "gzip" });
  const { headers } = under.fake.requests[0]!;
  const sent = (name: string) => headers.get(name);
  assertEquals(sent("content-type"), "application/x-ndjson");
  assertEquals(sent("content-encoding"), "gzip");
  assertEquals(sent("content-length"), "5");
  assertEquals(sent("if-none-match"), "*");
  assertEquals(sent("x-amz-server-side-encryption"), "aws:kms");
  assertEquals(sent("x-amz-server-side-encryption-aws-kms-key-id"), "key-1");
  assertEquals(sent("x-amz-meta-sluice-source-etag"), "s");
  assertEquals(sent("x-amz-meta-sluice-recipe"), "r");
  assertEquals(sent("x-amz-meta-sluice-rejects"), "0");
  assertMatch(sent("x-amz-meta-sluice-nonce") ?? "", /^[0-9a-f-]{36}$/);
});

Deno.test("S3Store.put() whose answer is lost has succeeded if the object carries its nonce", async () => {
  await using under = await open();
  under.fake.fault({ operation: "PutObject" }, "lost");
  const etag = await under.store.put("a", bytes, writing);
  assertEquals(under.fake.object("b", "p/a")?.etag, etag);
  const operations = under.fake.requests.map(({ operation }) => operation);
  assertEquals(operations.slice(0, 3), ["PutObject", "PutObject", "HeadObject"]);
});

Deno.test("S3Store.put() reports conflicts, and refusals without a HEAD", async () => {
  await using under = await open();
  under.fake.fault({}, { status: 409, code: "ConditionalRequestConflict" });
  await assertRejects(() => under.store.put("a", bytes, writing), WriteConflictError, "409 ConditionalReq");
  assertEquals(under.fake.count("HeadObject"), 1);
  under.fake.fault({}, { status: 403, code: "AccessDenied" });
  await assertRejects(() => put(under.store, "a", "x"), Error, "Cannot write s3://b/p/a: 403 AccessDenied");
  assertEquals(under.fake.count("HeadObject"), 1);
});

Deno.test("S3Store.startUpload() whose Complete's answer is lost is settled by its nonce", async () => {
  await using under = await open();
  under.fake.fault({ operation: "CompleteMultipartUpload" }, "lost");
  const upload = await under.store.startUpload("a", writing);
  await upload.part(1, 0, bytes, signal);
  const etag = await upload.complete(signal);
  assertEquals(under.fake.object("b", "p/a")?.etag, etag);
  assertMatch(etag, /^[0-9a-f]{32}-1$/);
  // The repetition met an upload that was completed: only the HEAD shows by whom.
  assertEquals(under.fake.count("CompleteMultipartUpload"), 2);
  assertEquals(under.fake.count("HeadObject"), 1);
});

Deno.test("S3Store.startUpload() asks for the parts again when the upload is gone", async () => {
  await using under = await open();
  const upload = await under.store.startUpload("a", writing);
  await upload.part(1, 0, bytes, signal);
  under.fake.fault({ operation: "CompleteMultipartUpload" }, { status: 404, code: "NoSuchUpload" });
  await assertRejects(
    () => upload.complete(signal),
    WriteConflictError,
    "Cannot write s3://b/p/a: 404 NoSuchUpl",
  );
  assertEquals(under.fake.unfinishedUploads(), []);
});

Deno.test("S3Store.startUpload() removes its parts where the condition fails", async () => {
  await using under = await open();
  const upload = await under.store.startUpload("a", writing);
  await upload.part(1, 0, bytes, signal);
  under.fake.put("b", "p/a", "somebody else");
  await assertRejects(() => upload.complete(signal), ConditionFailedError, "412 PreconditionFailed");
  assertEquals(under.fake.unfinishedUploads(), []);
});

Deno.test("S3Store.startUpload() takes a 200 with an error inside for an error", async () => {
  await using under = await open();
  const upload = await under.store.startUpload("a", writing);
  await upload.part(1, 0, bytes, signal);
  const fault = { errorIn200: "InternalError" };
  under.fake.fault({ operation: "CompleteMultipartUpload" }, fault, { times: 5 });
  await assertRejects(() => upload.complete(signal), Error, "Cannot write s3://b/p/a: ");
  await upload.abort();
  assertEquals(under.fake.unfinishedUploads(), []);
  assertEquals(under.fake.keys("b"), []);
});

Deno.test("S3Store.startUpload() sends a part again, and names the one that fails", async () => {
  await using under = await open();
  const upload = await under.store.startUpload("a", writing);
  under.fake.fault({ operation: "UploadPart" }, "reset");
  under.fake.fault({ operation: "UploadPart" }, "lost");
  await upload.part(1, 0, bytes, signal);
  assertEquals(under.fake.count("UploadPart"), 3);
  under.fake.fault({}, { status: 400, code: "BadDigest" });
  await assertRejects(
    () => upload.part(2, 5, bytes, signal),
    Error,
    "Cannot upload part 2 of s3://b/p/a: 400 BadDigest",
  );
  await upload.abort();
});

Deno.test("S3Store.startUpload().abort() never throws", async () => {
  await using under = await open();
  const upload = await under.store.startUpload("a", writing);
  under.fake.fault({}, { status: 403, code: "AccessDenied" });
  await upload.abort();
  assertEquals(under.fake.unfinishedUploads().length, 1);
});

Deno.test("S3Store.startUpload() leaves no upload behind when it is aborted while it begins", async () => {
  await using under = await open();
  const abort = new AbortController();
  under.fake.fault({ operation: "CreateMultipartUpload" }, (_, proceed) => {
    abort.abort(new Error("enough"));
    return proceed();
  });
  await assertRejects(
    () => under.store.startUpload("a", { ...writing, signal: abort.signal }),
    Error,
    "enough",
  );
  assertEquals(under.fake.unfinishedUploads(), []);
});

Deno.test("S3Store() rejects with an abort's own reason", async () => {
  await using under = await open();
  const abort = new AbortController();
  under.fake.fault({}, async (_, proceed) => {
    abort.abort(new Error("enough"));
    return await proceed();
  });
  await assertRejects(
    () => under.store.put("a", bytes, { ...writing, signal: abort.signal }),
    Error,
    "enough",
  );
});

Deno.test("S3Store.open() takes region, endpoint and credentials from where the SDK does", async () => {
  await using fake = await FakeS3.start({ buckets: ["b"] });
  const folder = await Deno.makeTempDir();
  fake.put("b", "a", "x");
  const keys = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-west-1" };
  const profile = join(folder, "config");
  const lines = [
    "[profile here]",
    "region = eu-north-1",
    `endpoint_url = ${fake.endpoint}`,
    "aws_access_key_id = k",
    "aws_secret_access_key = s",
  ];
  await Deno.writeTextFile(profile, lines.join("\n"));
  const ways: Record<string, string>[] = [
    { ...keys, AWS_ENDPOINT_URL_S3: fake.endpoint },
    { ...keys, AWS_ENDPOINT_URL: fake.endpoint },
    { AWS_PROFILE: "here", AWS_CONFIG_FILE: profile },
  ];
  try {
    for (const way of ways) {
      using _ = await awsEnvironment(way);
      const store = await S3Store.open("s3://b/");
      assertEquals((await listed(store)).map(({ name }) => name), ["a"]);
      await store.close();
    }
    assertMatch(fake.requests[0]!.headers.get("authorization")!, /Credential=k\/\d+\/eu-west-1\/s3\//);
    assertMatch(fake.requests.at(-1)!.headers.get("authorization")!, /eu-north-1/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("S3Store.open() asks for a region", async () => {
  using _ = await awsEnvironment({});
  await assertRejects(
    () => S3Store.open("s3://b/p"),
    Error,
    "Cannot open s3://b/p/: no region is set; set --s3-region, AWS_REGION",
  );
});

function range(start: number, end: number): string[] {
  return Array.from({ length: end - start }, (_, i) => String(start + i));
}

/** A server that does with conditions what some do. */
async function openCareless(careless: "ignored" | "501", messages: string[]): Promise<S3UnderTest> {
  const under = await open({}, { onTrouble: (message) => messages.push(message) });
  beCareless(under.fake, careless);
  return under;
}

function beCareless(fake: FakeS3, careless: "ignored" | "501"): void {
  fake.fault(
    ({ headers }) => headers.has("if-match") || headers.has("if-none-match"),
    (request, proceed) => {
      if (careless === "501") return { status: 501, body: new TextEncoder().encode("<Error></Error>") };
      request.headers.delete("if-match");
      request.headers.delete("if-none-match");
      return proceed();
    },
    { times: Infinity },
  );
}

for (
  const [careless, why] of [
    ["ignored", "overwrites an existing object despite If-None-Match"],
    ["501", "answers conditional writes with 501"],
  ] as const
) {
  Deno.test(`S3Store continues without conditions where they are answered so: ${careless}`, async () => {
    const messages: string[] = [];
    await using under = await openCareless(careless, messages);
    const etag = await put(under.store, "a", "first", { ifAbsent: true }, mark);
    assertEquals((await under.store.head("a", signal))?.etag, etag);
    const upload = await under.store.startUpload("b", writing);
    await upload.part(1, 0, bytes, signal);
    await upload.complete(signal);
    await put(under.store, "c", "third", { ifAbsent: true });
    assertEquals(messages, [
      `Continuing without conditional writes: the server of s3://b/p/ ${why}; do not let two runs write there at once`,
    ]);
    assertEquals(under.fake.keys("b"), ["p/a", "p/b", "p/c"]);
  });
}

Deno.test("S3Store finds out once whether a server honours conditions", async () => {
  const messages: string[] = [];
  await using under = await open({}, { onTrouble: (message) => messages.push(message) });
  const etag = await put(under.store, "a", "first", { ifAbsent: true });
  for (const name of ["b", "c"]) await put(under.store, name, "more", { ifAbsent: true });
  assertEquals(under.fake.count("PutObject"), 4);
  assertEquals(messages, []);
  assertEquals((await under.store.head("a", signal))?.etag, etag);
});

Deno.test("S3Store trusts the given authorities, and says what to do about others", async () => {
  const file = (name: string) =>
    Deno.readTextFileSync(new URL(`../../testdata/tls/${name}`, import.meta.url));
  await using fake = await FakeS3.start({
    buckets: ["b"],
    tls: { cert: file("server.pem"), key: file("server.key") },
  });
  const options = { endpoint: fake.endpoint, region: "us-east-1", credentials };
  const trusting = await S3Store.open("s3://b/p/", { ...options, ca: file("ca.pem") });
  await put(trusting, "a", "hello");
  assertEquals((await listed(trusting)).map(({ name }) => name), ["a"]);
  await trusting.close();
  const distrustful = await S3Store.open("s3://b/p/", options);
  const advice =
    "; if the certificate of 127.0.0.1 comes from a private authority, name that with --s3-ca PATH";
  const reading = await assertRejects(() => listed(distrustful), Error);
  assertMatch(reading.message, /^Cannot list s3:\/\/b\/p\/: .*UnknownIssuer/);
  assert(reading.message.endsWith(advice));
  const written = await assertRejects(() => put(distrustful, "b", "hello"), Error);
  assertEquals(
    written.message,
    `Cannot write s3://b/p/b: unable to verify the first certificate${advice}`,
  );
  await distrustful.close();
});

Deno.test("S3Store takes no other failure for a server that honours conditions", async () => {
  const messages: string[] = [];
  await using under = await open({}, { onTrouble: (message) => messages.push(message) });
  // The second write asks whether conditions hold: it fails for another reason, so the next one asks.
  let puts = 0;
  under.fake.fault(({ operation }) => operation === "PutObject" && ++puts === 2, {
    status: 403,
    code: "AccessDenied",
  });
  beCareless(under.fake, "ignored");
  await put(under.store, "a", "first", { ifAbsent: true });
  assertEquals(messages, []);
  await put(under.store, "b", "second", { ifAbsent: true });
  assertEquals(messages.length, 1);
});

Deno.test("S3Store reports an upload that was removed, so that its parts are sent again", async () => {
  await using under = await open();
  const upload = await under.store.startUpload("a", writing);
  await upload.abort();
  await assertRejects(() => upload.part(1, 0, bytes, signal), WriteConflictError, "NoSuchUpload");
});

Deno.test("S3Store.unfinishedUploads() refuses a listing whose pages repeat", async () => {
  await using under = await open({ maxKeys: 1 });
  for (const name of ["a", "b", "c"]) await under.store.startUpload(name, writing);
  under.fake.fault({ operation: "ListMultipartUploads" }, (request, proceed) => {
    request.query.delete("key-marker");
    request.query.delete("upload-id-marker");
    return proceed();
  }, { times: Infinity });
  await assertRejects(
    () => Array.fromAsync(under.store.unfinishedUploads(signal)),
    Error,
    "Cannot list unfinished uploads of s3://b/p/: the server's pages repeat",
  );
});

Deno.test("S3Store tries again what fails on the way, whatever the names of objects", async () => {
  await using under = await open();
  await under.plant("certificates.jsonl", "hello");
  const [object] = await listed(under.store);
  under.fake.fault({ operation: "GetObject" }, "reset", { times: 2 });
  assertEquals(await text(under.store, object!), "hello");
});
