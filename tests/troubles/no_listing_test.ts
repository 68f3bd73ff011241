import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";
import type { FakeS3 } from "../fakes/s3.ts";
import type { FakeAnswer, FakeRequest } from "../fakes/s3_fault.ts";

const stores = { from: "s3://raw/in/", to: "s3://mod/x/" };

/** What servers that are no S3 answer with 200, and what is said of it. */
const answers: readonly (readonly [name: string, type: string, body: string, said: string])[] = [
  [
    "a console",
    "text/html",
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>MinIO Console</title></head><body><br></body></html>`,
    `it is a web page: "MinIO Console"`,
  ],
  [
    "a page of strict XML",
    "text/html",
    `<html><head><title>Sign in</title></head><body>x</body></html>`,
    `web page: "Sign in"`,
  ],
  ["a web server", "text/html", "It works!", `it is text/html: "It works!"`],
  ["an empty answer", "application/xml", "", "it is empty"],
  [
    "a list of buckets",
    "application/xml",
    `<?xml version="1.0"?>\n<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets></Buckets></ListAllMyBucketsResult>`,
    "try --s3-addressing path",
  ],
  ["JSON", "application/json", `{"status":"ok"}`, `it is JSON: "{\\"status\\":\\"ok\\"}"`],
];

/** Has every request that matches answered so. */
function answerAll(
  s3: FakeS3,
  match: (request: FakeRequest) => boolean,
  type: string,
  body: string,
  status = 200,
): void {
  const answer = ({ method }: FakeRequest): FakeAnswer => ({
    status,
    headers: { "content-type": type },
    body: method === "HEAD" ? undefined : new TextEncoder().encode(body),
  });
  s3.fault(match, answer, { times: Infinity });
}

for (const [name, type, body, expected] of answers) {
  for (const command of ["run", "check", "estimate", "watch", "report"]) {
    Deno.test(`${command} takes no answer of ${name} for an empty listing`, async () => {
      await using scene = await Scene.create();
      const s3 = await scene.s3();
      answerAll(s3, () => true, type, body);
      const { status, text } = command === "run"
        ? await scene.run(stores)
        : command === "check"
        ? await scene.check(stores)
        : await scene.sluice(argumentsOf(command, scene));
      assertEquals(status, 1, text);
      assertStringIncludes(text, "Cannot list s3://raw/in/: the server's answer is no S3 listing (");
      assertStringIncludes(text, expected);
      if (!expected.includes("--")) assertStringIncludes(text, `is ${s3.endpoint} the address of`);
    });
  }
}

function argumentsOf(command: string, scene: Scene): string[] {
  const from = ["--from", stores.from];
  const ledger = ["--ledger", `${scene.folder}/state/ledger.db`];
  const answering = ["--model", "reference:", "--cache", "none:", ...ledger];
  if (command === "watch") {
    return [
      ["watch", "--log-format", "text", "--listen", "127.0.0.1:0"],
      [...from, "--to", stores.to, ...answering],
    ].flat();
  }
  return command === "estimate"
    ? ["estimate", ...from, "--cache", "none:", "--model-version", "1", ...ledger]
    : ["report", ...from, "--by", "company"];
}

Deno.test("run takes no web page of an unfinished upload's listing for an empty one, and says so", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  answerAll(s3, ({ operation }) => operation === "ListMultipartUploads", "text/html", "<html></html>");
  const { status, text } = await scene.run(stores);
  assertEquals(status, 0);
  assertStringIncludes(text, "the server's answer is no S3 listing of uploads (it is a web page)");
});

for (const operation of ["PutObject", "UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload"]) {
  Deno.test(`run takes no web page for the answer to ${operation}`, async () => {
    await using scene = await Scene.create();
    const s3 = await scene.s3();
    const isMultipart = operation !== "PutObject";
    if (isMultipart) s3.put("raw", "in/a.jsonl", bigRecords);
    answerAll(s3, (request) => request.operation === operation, "text/html", "<html>login</html>");
    const { status, text } = await scene.run(stores);
    assertEquals(status, 1);
    assertStringIncludes(text, "it is a web page");
    assertEquals(s3.keys("mod"), []);
  });
}

/** More than one part. */
const bigRecords = Array.from(
  { length: 9_000 },
  (_, i) => `{"company":"Acme","title":"x","id":${i},"text":"${"y".repeat(940)}"}\n`,
).join("");

Deno.test("match takes no web page of a HEAD for an object", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  answerAll(s3, () => true, "text/html", "<html>login</html>");
  const terms = scene.write("terms.csv", "id,term\n1,Coca-Cola\n");
  const { status, text } = await scene.sluice(
    ["match", "--from", "s3://raw/menus.csv", "--terms", terms, "--to", `${scene.folder}/out.csv`],
  );
  assertEquals(status, 1);
  assertStringIncludes(text, "the server's answer is no answer of S3 (it has no ETag, and is text/html)");
});

Deno.test("run says what came with an error that is no error of S3, and takes no such 404 for a deleted object", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  answerAll(
    s3,
    ({ operation }) => operation === "GetObject",
    "text/html",
    "<html><head><title>404 Not Found</title></head></html>",
    404,
  );
  const { status, text } = await scene.run(stores);
  assertEquals(status, 1);
  assertStringIncludes(text, `404, and the answer is no error of S3 (it is a web page: "404 Not Found")`);
  assertEquals(s3.count("GetObject"), 1);
});

Deno.test("run names where it was sent to, without the token in it", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.fault(({ operation }) => operation === "PutObject", () => ({
    status: 302,
    headers: { location: "https://login.example.com/start?token=secret", "content-type": "text/html" },
    body: new TextEncoder().encode("<html></html>"),
  }), { times: Infinity });
  const { status, text } = await scene.run(stores);
  assertEquals(status, 1);
  assertStringIncludes(text, "and points to https://login.example.com/start)");
  assert(!text.includes("secret"));
});
