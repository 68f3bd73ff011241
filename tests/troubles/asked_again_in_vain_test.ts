import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { record, Scene } from "../errors/scene.ts";
import type { FakeS3 } from "../fakes/s3.ts";
import type { FaultAction, S3Operation } from "../fakes/s3_fault.ts";
import { until } from "../until.ts";

const stores = { from: "s3://raw/in/", to: "s3://mod/x/" };
/** Objects that are worked on at once, by default. */
const atOnce = 4;

const objects = 30;

/** An S3 of so many objects of a record each. */
async function filled(scene: Scene, objects: number): Promise<FakeS3> {
  const s3 = await scene.s3();
  s3.delete("raw", "in/a.jsonl");
  for (let i = 0; i < objects; i++) {
    s3.put("raw", `in/${String(i).padStart(3, "0")}.jsonl`, record(`title ${i}`));
  }
  return s3;
}

const encrypted =
  "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.";

for (
  const [status, code, message, expected] of [
    [403, "AccessDenied", "Access Denied", "403 AccessDenied: Access Denied"],
    [403, "InvalidObjectState", "Not valid for the object's storage class", "--skip-archived"],
    [400, "InvalidRequest", encrypted, "SSE-C"],
    [400, "InvalidArgument", "No", "400 InvalidArgument"],
    [404, "NoSuchBucket", "No", "404 NoSuchBucket"],
    [416, "InvalidRange", "No", "416 InvalidRange"],
    [405, "MethodNotAllowed", "No", "405 MethodNotAllowed"],
  ] as const
) {
  Deno.test(`run asks once for an object that is refused with ${status} ${code}, and goes on`, async () => {
    await using scene = await Scene.create();
    const s3 = await filled(scene, 5);
    s3.fault(
      ({ operation, key }) => operation === "GetObject" && key !== "in/003.jsonl",
      { status, code, message },
      { times: Infinity },
    );
    const said = await scene.run(stores);
    assertEquals(said.status, 1);
    assertStringIncludes(said.text, `Cannot finish s3://raw/in/000.jsonl: `);
    assertStringIncludes(said.text, expected);
    assertEquals(s3.count("GetObject"), 5);
    assertEquals(s3.keys("mod"), ["x/003.jsonl"]);
  });
}

for (
  const [status, code] of [
    [408, "RequestTimeout"],
    [429, "TooManyRequests"],
    [400, "RequestTimeout"],
    [409, "OperationAborted"],
    [500, "InternalError"],
    [503, "SlowDown"],
  ] as const
) {
  Deno.test(`run asks again where S3 says ${status} ${code}`, async () => {
    await using scene = await Scene.create();
    const s3 = await filled(scene, 1);
    scene.hurry(100);
    s3.fault({ operation: "GetObject" }, { status, code }, { times: 2 });
    assertEquals(await scene.run(stores), { status: 0, text: "" });
    assertEquals(s3.count("GetObject"), 3);
  });
}

for (const operation of ["PutObject", "UploadPart", "CreateMultipartUpload"] as const) {
  Deno.test(`run sends ${operation} once where it is refused`, async () => {
    await using scene = await Scene.create();
    const s3 = await filled(scene, 1);
    const one = `{"company":"Acme","title":"x","text":"${"y".repeat(960)}"}\n`;
    if (operation !== "PutObject") s3.put("raw", "in/000.jsonl", one.repeat(9_000));
    s3.fault({ operation }, { status: 403, code: "AccessDenied" }, { times: Infinity });
    const { status, text } = await scene.run(stores);
    assertEquals(status, 1);
    assertStringIncludes(text, "403 AccessDenied");
    // Two parts are sent side by side.
    assert(s3.count(operation) <= (operation === "UploadPart" ? 2 : 1), `${s3.count(operation)} requests`);
  });
}

const lost: readonly (readonly [status: number, code: string, advice: string])[] = [
  [400, "ExpiredToken", "the credentials have expired: get new ones"],
  [403, "InvalidAccessKeyId", "the server does not know this access key: check AWS_ACCESS_KEY_ID"],
  [400, "InvalidToken", "check AWS_SESSION_TOKEN"],
  [403, "RequestTimeTooSkewed", "the clock of this machine is wrong"],
];

for (const [status, code, advice] of lost) {
  for (const operation of ["GetObject", "PutObject"] as const satisfies readonly S3Operation[]) {
    Deno.test(`run ends with the reason when S3 answers ${operation} with ${code}`, async () => {
      await using scene = await Scene.create();
      const s3 = await filled(scene, objects);
      let passed = 0;
      s3.fault(
        (request) => request.operation === operation && ++passed > 3,
        { status, code, message: "No" },
        { times: Infinity },
      );
      const said = await scene.run(stores);
      assertEquals(said.status, 1);
      const told = said.text.split("\n").filter((line) => line.includes(code));
      assertEquals(told.length, 1, said.text);
      assertStringIncludes(told[0]!, advice);
      assertStringIncludes(said.text, "Stopped: 27 objects found so far are left to the next run");
      // Those under way have tried once each, and one has tried whether conditions hold.
      assert(passed <= (operation === "GetObject" ? 3 + 2 * atOnce : objects + 1), `${passed} requests`);
      assertEquals(s3.keys("mod").length, 3);
    });
  }
}

Deno.test("run lists nothing with credentials that are not taken", async () => {
  await using scene = await Scene.create();
  const s3 = await filled(scene, 1);
  const refusal = { status: 403, code: "SignatureDoesNotMatch" };
  s3.fault(() => true, refusal, { times: Infinity });
  const { status, text } = await scene.run(stores);
  assertEquals(status, 1);
  assertStringIncludes(text, "check AWS_SECRET_ACCESS_KEY, or the AWS profile");
  assert(s3.count("ListObjectsV2") <= 2);
});

Deno.test("run goes on past an object whose signature alone does not match", async () => {
  await using scene = await Scene.create();
  const s3 = await filled(scene, 5);
  const refusal = { status: 403, code: "SignatureDoesNotMatch" };
  s3.fault({ operation: "GetObject", key: "in/002.jsonl" }, refusal, { times: Infinity });
  const { status, text } = await scene.run(stores);
  assertEquals(status, 1);
  assertStringIncludes(text, "Cannot finish s3://raw/in/002.jsonl: ");
  assertEquals(s3.keys("mod").length, 4);
});

/** Lets only requests with this access key pass. */
function takeOnly(s3: FakeS3, accessKey: () => string): void {
  const expired: FaultAction = {
    status: 400,
    code: "ExpiredToken",
    message: "The provided token has expired.",
  };
  s3.fault(
    ({ headers }) => !headers.get("authorization")?.includes(`Credential=${accessKey()}/`),
    expired,
    { times: Infinity },
  );
}

/** A file of credentials, as tools write it when they renew them. */
function credentialsFile(scene: Scene, accessKey: string): string {
  return scene.write(
    "credentials",
    `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = s\naws_session_token = t-${accessKey}\n`,
  );
}

/** The variables by which the file is found, and no credentials beside it. */
function environmentOf(s3: FakeS3, file: string) {
  const { AWS_ENDPOINT_URL_S3, AWS_REGION } = s3.environment;
  return { AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_SHARED_CREDENTIALS_FILE: file };
}

Deno.test("run takes the credentials of a file that was renewed meanwhile", async () => {
  await using scene = await Scene.create();
  const s3 = await filled(scene, 20);
  await scene.environment(environmentOf(s3, credentialsFile(scene, "OLD")));
  let accessKey = "OLD";
  takeOnly(s3, () => {
    if (accessKey === "OLD" && s3.count("GetObject") > 5) {
      accessKey = "NEW";
      credentialsFile(scene, "NEW");
    }
    return accessKey;
  });
  assertEquals(await scene.run(stores), { status: 0, text: "" });
  assertEquals(s3.keys("mod").length, 20);
});

Deno.test("watch says once that its credentials have expired, and goes on when they are renewed", async () => {
  await using scene = await Scene.create();
  const s3 = await filled(scene, 3);
  await scene.environment(environmentOf(s3, credentialsFile(scene, "OLD")));
  let accessKey = "OLD";
  takeOnly(s3, () => accessKey);
  scene.hurry(50);
  const stop = Promise.withResolvers<void>();
  const watching = scene.sluice(
    [
      ["watch", "--from", stores.from, "--to", stores.to, "--model", "reference:", "--cache", "none:"],
      ["--every", "1s", "--log-format", "text", "--listen", "127.0.0.1:0"],
      ["--ledger", `${scene.folder}/state/ledger.db`],
    ].flat(),
    { stop: stop.promise },
  );
  await until(() => s3.keys("mod").length === 3);
  accessKey = "NEW";
  s3.put("raw", "in/100.jsonl", record("later"));
  await until(() => s3.requests.filter(({ operation }) => operation === "ListObjectsV2").length > 20);
  assertEquals(s3.keys("mod").length, 3);
  credentialsFile(scene, "NEW");
  await until(() => s3.keys("mod").length === 4);
  stop.resolve();
  const { text } = await watching;
  assertEquals(text.split("\n").filter((line) => line.includes("ExpiredToken")).length, 1, text);
});

Deno.test("run --skip-archived names the archived objects that it skips; restored ones are read", async () => {
  await using scene = await Scene.create();
  const s3 = await filled(scene, 1);
  s3.put("raw", "in/old.jsonl", record("x"), { "x-amz-storage-class": "GLACIER" });
  s3.put("raw", "in/older.jsonl", record("x"), { "x-amz-storage-class": "DEEP_ARCHIVE" });
  s3.put("raw", "in/instant.jsonl", record("x"), { "x-amz-storage-class": "GLACIER_IR" });
  s3.put("raw", "in/restored.jsonl", record("x"), {
    "x-amz-storage-class": "GLACIER",
    "x-amz-restore": `ongoing-request="false"`,
  });
  const args = ["run", "--from", stores.from, "--to", stores.to, "--model", "reference:", "--cache", "none:"];
  const flags = ["--skip-archived", "--ledger", `${scene.folder}/state/ledger.db`];
  const { status, text } = await scene.sluice([...args, ...flags]);
  assertEquals(status, 0, text);
  assertStringIncludes(text, "2 skipped: old.jsonl, older.jsonl (archived, and not restored)");
  assertEquals(s3.keys("mod"), ["x/000.jsonl", "x/instant.jsonl", "x/restored.jsonl"]);
});

Deno.test("run --skip-archived skips an object of which only reading says that it is archived", async () => {
  await using scene = await Scene.create();
  const s3 = await filled(scene, 2);
  // As of Intelligent-Tiering's archive tiers, of which a listing says nothing.
  const refusal = { status: 403, code: "InvalidObjectState" };
  s3.fault({ operation: "GetObject", key: "in/001.jsonl" }, refusal, { times: Infinity });
  const args = ["run", "--from", stores.from, "--to", stores.to, "--model", "reference:", "--cache", "none:"];
  const flags = ["--skip-archived", "--ledger", `${scene.folder}/state/ledger.db`];
  const { status, text } = await scene.sluice([...args, ...flags]);
  assertEquals(status, 0, text);
  assertStringIncludes(text, "1 skipped: 001.jsonl (archived, and not restored)");
});
