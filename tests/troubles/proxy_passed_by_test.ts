import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";
import { FakeProxy } from "../fakes/proxy.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { FakeSqs } from "../fakes/sqs.ts";

const stores = { from: "s3://raw/in/", to: "s3://mod/x/" };
/** Nobody listens there: only the proxy knows the way. */
const nowhere = "127.0.0.2:8333";

/** A scene whose S3 is behind a proxy. */
async function behindProxy(credentials?: string) {
  const scene = await Scene.create();
  const s3 = await scene.s3();
  const proxy = scene.use(
    await FakeProxy.start({ ways: { [nowhere]: s3.endpoint.replace("http://", "") }, credentials }),
  );
  const environment = { ...s3.environment, AWS_ENDPOINT_URL_S3: `http://${nowhere}` };
  return { scene, s3, proxy, environment };
}

for (const variable of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) {
  Deno.test(`run reads and writes S3 through the proxy of ${variable}`, async () => {
    const { scene, s3, proxy, environment } = await behindProxy();
    await using _ = scene;
    await scene.environment({ ...environment, [variable]: proxy.url });
    assertEquals(await scene.run(stores), { status: 0, text: "" });
    assertEquals(s3.keys("mod"), ["x/a.jsonl"]);
    const methods = new Set(proxy.requests.map((line) => line.split(" ")[0]));
    assert(methods.has("GET") && methods.has("PUT"), `${proxy.requests}`);
    assertEquals(s3.requests.length, proxy.requests.length, "some request went past the proxy");
  });
}

Deno.test("run goes past the proxy to servers of NO_PROXY, with their port", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  const proxy = scene.use(await FakeProxy.start());
  const host = s3.endpoint.replace("http://", "");
  await scene.environment({ ...s3.environment, HTTP_PROXY: proxy.url, NO_PROXY: `localhost, ${host}` });
  assertEquals((await scene.run(stores)).status, 0);
  assertEquals(proxy.requests, []);
  assertEquals(s3.keys("mod"), ["x/a.jsonl"]);
});

Deno.test("run uploads in parts through a proxy, and names itself by the credentials of its address", async () => {
  const { scene, s3, proxy, environment } = await behindProxy("us@er:p/a ss");
  await using _ = scene;
  await scene.environment({ ...environment, HTTP_PROXY: proxy.url.replace("//", "//us%40er:p%2Fa%20ss@") });
  s3.put("raw", "in/big.jsonl", record(9_000_000));
  assertEquals((await scene.run(stores)).status, 0);
  assertEquals(s3.keys("mod"), ["x/a.jsonl", "x/big.jsonl"]);
  assert(s3.count("UploadPart") >= 2);
  assertEquals(s3.requests.length, proxy.requests.length);
});

/** Lines of about so many bytes. */
const record = (bytes: number) =>
  Array.from(
    { length: bytes / 1_000 },
    (_, i) => `{"company":"Acme","title":"x","id":${i},"text":"${"y".repeat(940)}"}\n`,
  ).join("");

Deno.test("run reaches an https: S3 through a tunnel of the proxy of HTTPS_PROXY, for reads and writes", async () => {
  await using scene = await Scene.create();
  const file = (name: string) => new URL(`../testdata/tls/${name}`, import.meta.url);
  const [cert, key] = ["server.pem", "server.key"].map((name) => Deno.readTextFileSync(file(name)));
  const s3 = scene.use(
    await FakeS3.start({ buckets: ["raw", "mod"], tls: { cert: cert!, key: key! } }),
  );
  s3.put("raw", "in/a.jsonl", record(9_000_000));
  const proxy = scene.use(
    await FakeProxy.start({ ways: { "localhost:8443": s3.endpoint.replace("https://", "") } }),
  );
  await scene.environment({
    ...s3.environment,
    AWS_ENDPOINT_URL_S3: "https://localhost:8443",
    HTTPS_PROXY: proxy.url,
  });
  const said = await scene.run({ ...stores, "s3-ca": file("ca.pem").pathname });
  assertEquals(said, { status: 0, text: "" });
  assertEquals(s3.keys("mod"), ["x/a.jsonl"]);
  assertEquals(new Set(proxy.requests), new Set(["CONNECT localhost:8443"]));
});

Deno.test("check and run say that a request failed through a proxy, without its password", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  const url = `http://127.0.0.1:${scene.unusedPort()}`;
  await scene.environment({
    ...s3.environment,
    AWS_ENDPOINT_URL_S3: `http://${nowhere}`,
    HTTP_PROXY: url.replace("//", "//me:secret@"),
  });
  scene.hurry(100);
  for (const said of [await scene.check(stores), await scene.run(stores)]) {
    const { status, text } = said;
    assertEquals(status, 1);
    assertStringIncludes(text, `through the proxy ${url} of HTTP_PROXY`);
    assertEquals(text.includes("secret"), false);
  }
});

Deno.test("run says that a proxy wants credentials, for reads and writes", async () => {
  const { scene, proxy, environment } = await behindProxy("me:right");
  await using _ = scene;
  await scene.environment({ ...environment, HTTP_PROXY: proxy.url.replace("//", "//me:wrong@") });
  const { status, text } = await scene.run(stores);
  assertEquals(status, 1);
  assertStringIncludes(text, "407");
  assertStringIncludes(text, `through the proxy ${proxy.url} of HTTP_PROXY`);
  assertEquals(text.includes("wrong"), false);
});

Deno.test("run refuses a proxy that it cannot use, with 2", async () => {
  const { scene, environment } = await behindProxy();
  await using _ = scene;
  await scene.environment({ ...environment, ALL_PROXY: "socks5://me:secret@127.0.0.1:1080" });
  const { status, text } = await scene.run(stores);
  assertEquals(status, 2);
  assertStringIncludes(text, "Cannot use the proxy of ALL_PROXY: it must be http://HOST:PORT");
  assertEquals(text.includes("secret"), false);
});

Deno.test("watch --events reads SQS through the proxy", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  const sqs = scene.use(await FakeSqs.start());
  const { host, pathname } = new URL(sqs.createQueue("q"));
  const proxy = scene.use(await FakeProxy.start({ ways: { [nowhere]: host } }));
  await scene.environment({ ...s3.environment, HTTP_PROXY: proxy.url });
  const said = await scene.check(stores, "--events", `http://${nowhere}${pathname}`);
  assertEquals(said, { status: 0, text: "" });
  assertEquals(proxy.requests, [`POST http://${nowhere}/`]);
  assertEquals(sqs.requests.length, 1);
});
