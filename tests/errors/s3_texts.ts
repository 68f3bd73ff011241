import { S3Store } from "../../lib/stores/s3/s3.ts";
import type { Store } from "../../lib/stores/store.ts";
import { FakeS3, type FakeS3Options } from "../fakes/s3.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";

const { signal } = new AbortController();
const writing = { condition: { ifAbsent: true }, contentType: "application/x-ndjson", signal } as const;
const bytes = new TextEncoder().encode("hello");
const object = { name: "a", etag: "e", bytes: 5, modifiedMs: 0 };
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s3cret" };
/** A second of the clock takes ten milliseconds; still, requests must not time out. */
const hurry = 100, timeoutSeconds = 3_600;

const tls = (name: string) => Deno.readTextFileSync(new URL(`../testdata/tls/${name}`, import.meta.url));
const list = (store: Store) => Array.fromAsync(store.list(signal));
const put = (store: Store) => store.put("a", bytes, writing);

/** What a store in S3 fails with, at `s3://b/p/`. */
function s3(
  when: string,
  text: string,
  work: (store: S3Store, fake: FakeS3, scene: Scene) => unknown,
  fakeOptions: FakeS3Options = {},
): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      const fake = scene.use(await FakeS3.start({ buckets: ["b"], ...fakeOptions }));
      const { endpoint } = fake;
      scene.hide(endpoint.replace(/^.*:/, ""), "<PORT>");
      const store = await S3Store.open("s3://b/p/", {
        endpoint,
        region: "us-east-1",
        credentials,
        timeoutSeconds,
      });
      const message = await failureOf(() => work(store, fake, scene));
      await store.close();
      return message;
    },
  };
}

/** What it answers in place of a listing. */
function listing(xml: string) {
  return () => ({
    status: 200,
    body: new TextEncoder().encode(`<ListBucketResult>${xml}</ListBucketResult>`),
  });
}

const denied = { status: 403, code: "AccessDenied", message: "Access Denied" };

/** A write whose conditions the server ignores. */
function careless(when: string, text: string, answer: "501" | "ignored"): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      const fake = scene.use(await FakeS3.start({ buckets: ["b"] }));
      fake.fault(({ headers }) => headers.has("if-none-match"), ({ headers }, proceed) => {
        if (answer === "501") return { status: 501, body: new TextEncoder().encode("<Error></Error>") };
        headers.delete("if-none-match");
        return proceed();
      }, { times: 9 });
      const said: string[] = [];
      const store = await S3Store.open("s3://b/p/", {
        endpoint: fake.endpoint,
        region: "us-east-1",
        credentials,
        onTrouble: (message) => said.push(message),
      });
      await put(store);
      await put(store);
      await store.close();
      return said.join("\n");
    },
  };
}

export const s3Texts: ErrorTexts = {
  name: "S3Store",
  rows: [
    {
      when: "no region is set",
      text:
        "Cannot open s3://b/p/: no region is set; set --s3-region, AWS_REGION, or the region of the AWS profile",
      async provoke(scene) {
        await scene.environment({});
        return failureOf(() => S3Store.open("s3://b/p/", { credentials }));
      },
    },
    {
      when: "no credentials",
      text: "Cannot list s3://b/p/: Could not load credentials from any providers",
      async provoke(scene) {
        await scene.environment({ AWS_REGION: "us-east-1" });
        const store = await S3Store.open("s3://b/p/");
        const message = await failureOf(() => list(store));
        await store.close();
        return message;
      },
    },
    {
      when: "an endpoint where nothing listens",
      text:
        "Cannot list s3://b/p/: error sending request for url (http://127.0.0.1:<PORT>/b/?encoding-type=url&list-type=2&prefix=p%2F): client error (Connect): tcp connect error: Connection refused (os error 111) after 5 attempts\n" +
        "Cannot write s3://b/p/a: connect ECONNREFUSED 127.0.0.1:<PORT> after 5 attempts",
      async provoke(scene) {
        const endpoint = `http://127.0.0.1:${scene.unusedPort()}`;
        scene.hurry(hurry);
        const store = await S3Store.open("s3://b/p/", {
          endpoint,
          region: "us-east-1",
          credentials,
          timeoutSeconds,
        });
        const message = `${await failureOf(() => list(store))}\n${await failureOf(() => put(store))}`;
        await store.close();
        return message;
      },
    },
    s3(
      "a certificate that is not trusted, reading",
      "Cannot list s3://b/p/: error sending request for url (https://127.0.0.1:<PORT>/b/?encoding-type=url&list-type=2&prefix=p%2F): client error (Connect): invalid peer certificate: UnknownIssuer; if the certificate of 127.0.0.1 comes from a private authority, name that with --s3-ca PATH",
      list,
      { tls: { cert: tls("server.pem"), key: tls("server.key") } },
    ),
    s3(
      "a certificate that is not trusted, writing",
      "Cannot write s3://b/p/a: unable to verify the first certificate; if the certificate of 127.0.0.1 comes from a private authority, name that with --s3-ca PATH",
      put,
      { tls: { cert: tls("server.pem"), key: tls("server.key") } },
    ),
    s3(
      "a bucket that may not be listed",
      "Cannot list s3://b/p/: 403 AccessDenied: Access Denied",
      (store, fake) => {
        fake.fault({}, denied);
        return list(store);
      },
    ),
    s3(
      "a bucket that is not there",
      "Cannot list s3://b/p/: 404 NoSuchBucket: The specified bucket does not exist",
      list,
      { buckets: [] },
    ),
    s3(
      "an expired token",
      "Cannot list s3://b/p/: 400 ExpiredToken: The provided token has expired",
      (store, fake) => {
        fake.fault({}, { status: 400, code: "ExpiredToken", message: "The provided token has expired." });
        return list(store);
      },
    ),
    s3(
      "a server that is busy, five times",
      "Cannot list s3://b/p/: 503 SlowDown: Please reduce your request rate after 5 attempts",
      (store, fake, scene) => {
        scene.hurry(hurry);
        fake.fault({}, { status: 503, code: "SlowDown", message: "Please reduce your request rate." }, {
          times: 5,
        });
        return list(store);
      },
    ),
    s3(
      "a listing out of order",
      'Cannot list s3://b/p/: the server does not list in byte order, which is needed here: "p/a" came after "p/b"',
      (store, fake) => {
        const page = (key: string) => `<Contents><Key>${key}</Key><ETag>e</ETag></Contents>`;
        const more = "<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>";
        fake.fault({}, listing(more + page("p/b")));
        fake.fault({}, listing(page("p/a")));
        return list(store);
      },
    ),
    s3(
      "a listing that breaks off",
      "Cannot list s3://b/p/: the server says that there is more, but not how to continue",
      (store, fake) => {
        fake.fault({}, listing("<IsTruncated>true</IsTruncated>"));
        return list(store);
      },
    ),
    s3(
      "a key that is not UTF-8",
      'Cannot list s3://b/p/: the key "p/%FF" is not valid UTF-8',
      (store, fake) => {
        fake.fault({}, listing("<EncodingType>url</EncodingType><Contents><Key>p/%FF</Key></Contents>"));
        return list(store);
      },
    ),
    s3(
      "an output that may not be looked at",
      "Cannot look at s3://b/p/a: 403 AccessDenied: Access Denied",
      (store, fake) => {
        fake.fault({}, denied, { times: 2 }); // of a refused HEAD, a GET finds out why
        return store.head("a", signal);
      },
    ),
    s3(
      "a source that may not be read",
      "Cannot read s3://b/p/a: 403 AccessDenied: Access Denied",
      (store, fake) => {
        fake.fault({}, denied);
        return store.read(object, 0, signal);
      },
    ),
    s3(
      "a source that is gone",
      "Cannot read s3://b/p/a: it is gone",
      (store) => store.read(object, 0, signal),
    ),
    s3(
      "a source that has changed",
      "Cannot read s3://b/p/a: it is not e any more, as it was when listed",
      (store, fake) => {
        fake.put("b", "p/a", "hello");
        return store.read(object, 0, signal);
      },
    ),
    s3(
      "a server that ignores ranges",
      "Cannot read s3://b/p/a: asked for bytes from 2 on, the server sends the whole object",
      (store, fake) => {
        fake.fault({}, () => ({ status: 200, body: bytes }));
        return store.read(object, 2, signal);
      },
    ),
    s3(
      "an output that may not be written",
      "Cannot write s3://b/p/a: 403 AccessDenied: Access Denied",
      (store, fake) => {
        fake.fault({ operation: "PutObject" }, denied);
        return put(store);
      },
    ),
    s3(
      "an output written to a server that goes away, five times",
      "Cannot write s3://b/p/a: socket hang up after 5 attempts",
      (store, fake, scene) => {
        scene.hurry(20);
        fake.fault({}, "reset", { times: 99 });
        return put(store);
      },
    ),
    s3(
      "an output that another writer has created",
      "Cannot write s3://b/p/a: 412 PreconditionFailed: At least one of the preconditions did not hold",
      (store, fake) => {
        fake.put("b", "p/a", "theirs");
        return put(store);
      },
    ),
    s3(
      "an output that another writer has changed",
      "Cannot write s3://b/p/a: 412 PreconditionFailed: At least one of the preconditions did not hold",
      (store, fake) => {
        fake.put("b", "p/a", "theirs");
        return store.put("a", bytes, { ...writing, condition: { ifEtag: "e" } });
      },
    ),
    s3(
      "an output that another writer is writing",
      "Cannot write s3://b/p/a: 409 ConditionalRequestConflict: Try again",
      (store, fake) => {
        fake.fault({}, { status: 409, code: "ConditionalRequestConflict", message: "Try again." });
        return put(store);
      },
    ),
    s3(
      "a write whose answer has no ETag",
      "Cannot write s3://b/p/a: the answer has no ETag",
      (store, fake) => {
        fake.fault({ operation: "PutObject" }, () => ({ status: 200 }));
        return put(store);
      },
    ),
    s3(
      "an upload that may not be begun",
      "Cannot start upload of s3://b/p/a: 403 AccessDenied: Access Denied",
      (store, fake) => {
        fake.fault({}, denied);
        return store.startUpload("a", writing);
      },
    ),
    s3(
      "an upload without ID",
      "Cannot start upload of s3://b/p/a: the answer has no upload ID",
      (store, fake) => {
        fake.fault(
          {},
          () => ({ status: 200, body: new TextEncoder().encode("<InitiateMultipartUploadResult/>") }),
        );
        return store.startUpload("a", writing);
      },
    ),
    s3(
      "a part that is refused",
      "Cannot upload part 3 of s3://b/p/a: 400 BadDigest: The Content-MD5 did not match",
      async (store, fake) => {
        const upload = await store.startUpload("a", writing);
        fake.fault({}, { status: 400, code: "BadDigest", message: "The Content-MD5 did not match." });
        await upload.part(3, 10, bytes, signal);
      },
    ),
    s3(
      "a part whose answer has no ETag",
      "Cannot upload part 3 of s3://b/p/a: the answer has no ETag",
      async (store, fake) => {
        const upload = await store.startUpload("a", writing);
        fake.fault({}, () => ({ status: 200 }));
        await upload.part(3, 10, bytes, signal);
      },
    ),
    s3(
      "an upload that was removed",
      "Cannot write s3://b/p/a: 404 NoSuchUpload: The specified upload does not exist",
      async (store, fake) => {
        const upload = await store.startUpload("a", writing);
        await upload.part(1, 0, bytes, signal);
        fake.fault({ operation: "CompleteMultipartUpload" }, {
          status: 404,
          code: "NoSuchUpload",
          message: "The specified upload does not exist.",
        });
        await upload.complete(signal);
      },
    ),
    s3(
      "rejects that may not be removed",
      "Cannot remove s3://b/p/a: 403 AccessDenied: Access Denied",
      (store, fake) => {
        fake.fault({}, denied);
        return store.remove("a", signal);
      },
    ),
    s3(
      "unfinished uploads that may not be listed",
      "Cannot list unfinished uploads of s3://b/p/: 403 AccessDenied: Access Denied",
      (store, fake) => {
        fake.fault({}, denied);
        return Array.fromAsync(store.unfinishedUploads(signal));
      },
    ),
    s3(
      "an unfinished upload that may not be removed",
      "Cannot remove unfinished upload of s3://b/p/a: 403 AccessDenied: Access Denied",
      (store, fake) => {
        fake.fault({}, denied);
        return store.removeUpload("a", "id", signal);
      },
    ),
    careless(
      "a server that overwrites despite the condition",
      "Continuing without conditional writes: the server of s3://b/p/ overwrites an existing object despite If-None-Match; do not let two runs write there at once",
      "ignored",
    ),
    careless(
      "a server that knows no conditions",
      "Continuing without conditional writes: the server of s3://b/p/ answers conditional writes with 501; do not let two runs write there at once",
      "501",
    ),
  ],
};
