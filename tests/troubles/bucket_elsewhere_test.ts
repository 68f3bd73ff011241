import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";
import type { FakeAnswer, FakeRequest, S3Operation } from "../fakes/s3_fault.ts";

const stores = { from: "s3://raw/in/", to: "s3://mod/x/" };
const advice =
  "the bucket is in ap-south-1, and requests are for eu-west-1: set --s3-region ap-south-1 (or AWS_REGION)";

/** As S3 answers for a bucket of another region: without `Location`; a HEAD has no body. */
const redirect = (status: number, code: string) => ({ method }: FakeRequest): FakeAnswer => ({
  status,
  headers: { "x-amz-bucket-region": "ap-south-1", "content-type": "application/xml" },
  body: method === "HEAD" ? undefined : new TextEncoder().encode(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint.</Message></Error>`,
  ),
});

for (const [status, code] of [[301, "PermanentRedirect"], [400, "AuthorizationHeaderMalformed"]] as const) {
  for (
    const [operation, work] of [
      ["ListObjectsV2", "list s3://raw/in/"],
      ["HeadObject", "look at s3://mod/x/a.jsonl"],
      ["GetObject", "read s3://raw/in/a.jsonl"],
      ["PutObject", "write s3://mod/x/a.jsonl"],
    ] as const satisfies readonly (readonly [S3Operation, string])[]
  ) {
    Deno.test(`run names the region of a bucket that answers ${operation} with ${status}`, async () => {
      await using scene = await Scene.create();
      const s3 = await scene.s3();
      // An output without a mark is looked at.
      if (operation === "HeadObject") s3.put("mod", "x/a.jsonl", "{}\n");
      const isSo = (request: FakeRequest) =>
        request.operation === operation ||
        // Of a HEAD that was refused, a GET finds out why.
        (operation === "HeadObject" && request.operation === "GetObject" && request.bucket === "mod");
      s3.fault(isSo, redirect(status, code), { times: Infinity });
      const said = await scene.run(stores);
      assertEquals(said.status, 1);
      assertStringIncludes(said.text, advice);
      assertStringIncludes(said.text, work.split(" ").at(-1)!);
    });
  }
}

Deno.test("check names the region of a bucket that is elsewhere", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.fault(({ bucket }) => bucket === "raw", redirect(301, "PermanentRedirect"), { times: Infinity });
  const { status, text } = await scene.check(stores);
  assertEquals(status, 1);
  assertStringIncludes(text, `Cannot list s3://raw/in/: ${advice}`);
});

Deno.test("run signs for the region of --s3-region", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  assertEquals((await scene.run({ ...stores, "s3-region": "ap-south-1" })).status, 0);
  const regions = s3.requests.map(({ headers }) => headers.get("authorization")?.split("/")[2]);
  assertEquals(new Set(regions), new Set(["ap-south-1"]));
});

Deno.test("run says that a bucket is at another address, where no region is named", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.fault({ operation: "ListObjectsV2" }, { status: 301, code: "PermanentRedirect" }, { times: Infinity });
  const { status, text } = await scene.run(stores);
  assertEquals(status, 1);
  assertStringIncludes(text, "set the bucket's region with --s3-region");
});
