import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";
import { FakeProxy } from "../fakes/proxy.ts";
import type { FakeRequest } from "../fakes/s3_fault.ts";

const stores = { from: "s3://raw/in/", to: "s3://mod/x/" };
/** More than one part. */
const bigRecords = Array.from(
  { length: 9_000 },
  (_, i) => `{"company":"Acme","title":"x","id":${i},"text":"${"y".repeat(940)}"}\n`,
).join("");

/** An S3 that knows buckets by their host; a proxy knows the way to it, as no name server does here. */
async function virtualHosts(scene: Scene) {
  const s3 = await scene.s3({ host: "s3.test:8333" });
  const own = s3.endpoint.replace("http://", "");
  const ways = Object.fromEntries(["raw.", "mod.", ""].map((name) => [`${name}s3.test:8333`, own]));
  const proxy = scene.use(await FakeProxy.start({ ways }));
  await scene.environment({
    ...s3.environment,
    AWS_ENDPOINT_URL_S3: "http://s3.test:8333",
    HTTP_PROXY: proxy.url,
  });
  return { s3, proxy };
}

Deno.test("run --s3-addressing virtual names buckets in the host, for every request", async () => {
  await using scene = await Scene.create();
  const { s3, proxy } = await virtualHosts(scene);
  s3.put("raw", "in/big.jsonl", bigRecords);
  assertEquals((await scene.run({ ...stores, "s3-addressing": "virtual" })).status, 0);
  assertEquals(s3.keys("mod"), ["x/a.jsonl", "x/big.jsonl"]);
  const hosts = proxy.requests.map((line) => new URL(line.split(" ")[1]!).hostname);
  assertEquals(new Set(hosts), new Set(["raw.s3.test", "mod.s3.test"]));
});

const inThePath: readonly Readonly<Record<string, string>>[] = [
  {},
  { "s3-addressing": "auto" },
  { "s3-addressing": "path" },
];
for (const flags of inThePath) {
  Deno.test(`run ${Object.entries(flags).flat().join(" ")} names buckets of an endpoint in the path`, async () => {
    await using scene = await Scene.create();
    const { s3, proxy } = await virtualHosts(scene);
    assertEquals((await scene.run({ ...stores, ...flags })).status, 0);
    assertEquals(s3.keys("mod"), ["x/a.jsonl"]);
    const hosts = proxy.requests.map((line) => new URL(line.split(" ")[1]!).hostname);
    assertEquals(new Set(hosts), new Set(["s3.test"]));
  });
}

/** Refuses what does not say that its costs are accepted, as a bucket whose requester pays. */
const unpaid = ({ headers }: FakeRequest) => headers.get("x-amz-request-payer") !== "requester";

Deno.test("run --s3-requester-pays says so in every request", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.put("raw", "in/big.jsonl", bigRecords);
  s3.put("mod", "x/a.jsonl", "{}\n"); // an output without a mark is looked at
  s3.fault(unpaid, { status: 403, code: "AccessDenied" }, { times: Infinity });
  const denied = await scene.run(stores);
  assertEquals(denied.status, 1);
  assertStringIncludes(denied.text, "403 AccessDenied");
  s3.requests.length = 0;
  const args = ["run", "--quiet", "--s3-requester-pays", "--overwrite"];
  const to = ["--from", stores.from, "--to", stores.to, "--model", "reference:", "--cache", "none:"];
  const said = await scene.sluice([...args, ...to, "--ledger", `${scene.folder}/state/l.db`]);
  assertEquals(said, { status: 0, text: "" });
  assertEquals(s3.requests.filter(unpaid), []);
  assertEquals(
    ["UploadPart", "CompleteMultipartUpload", "HeadObject", "ListMultipartUploads"].filter((operation) =>
      !s3.requests.some((request) => request.operation === operation)
    ),
    [],
  );
});

Deno.test("report --s3-requester-pays says so as well", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.put("raw", "in/a.jsonl", '{"company":"Acme","title":"x","seniority":3}\n');
  s3.fault(unpaid, { status: 403, code: "AccessDenied" }, { times: Infinity });
  const said = await scene.sluice([
    "report",
    "--from",
    stores.from,
    "--by",
    "company",
    "--s3-requester-pays",
  ]);
  assertEquals(said, { status: 0, text: "" });
});
