import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import { startHttpServer } from "../../lib/service/http_server.ts";
import { problemOf, Serving } from "./serving.ts";

const keys = [{ company: "Acme", title: "Nurse" }];

/** Sends a request as it is; the answer as it comes. */
async function raw(serving: Serving, head: string): Promise<string> {
  const connection = await serving.connect(head.replaceAll("\n", "\r\n") + "\r\n\r\n");
  return await new Response(connection.readable).text();
}

Deno.test("startHttpServer() asks for the token, where there is one, but for open routes", async () => {
  await using serving = await Serving.start({ env: { SLUICE_TOKEN: "t0ken" } });
  for (const authorization of [undefined, "Bearer other", "Basic t0ken", "Bearer t0ken2"]) {
    const response = await serving.answers(keys, {
      headers: authorization === undefined ? {} : { authorization },
    });
    assertEquals([response.status, response.headers.get("www-authenticate")], [401, "Bearer"]);
    assertStringIncludes((await problemOf(response)).detail, "Authorization: Bearer TOKEN");
  }
  for (const path of ["/metrics", "/v1/live"]) {
    assertEquals((await problemOf(await serving.fetch(path))).status, 401);
  }
  const headers = { authorization: "Bearer t0ken", "sec-fetch-site": "cross-site" };
  const response = await serving.answers(keys, { headers });
  assertEquals((await response.json()).answers.length, 1);
  for (const path of ["/", "/healthz", "/readyz", "/v1/openapi.json"]) {
    const open = await serving.fetch(path);
    assertEquals(open.status, 200);
    await open.body?.cancel();
  }
});

Deno.test("startHttpServer() listens on this machine alone without a token", async () => {
  for (const listen of ["0.0.0.0:0", "[::]:0", "example.org:0"]) {
    const { message } = await assertRejects(() => Serving.start({ flags: { listen } }), Error);
    assertEquals(
      message,
      `2: Cannot listen on ${listen}: other machines can reach this address, and there is no token: set SLUICE_TOKEN, or listen on 127.0.0.1`,
    );
  }
  await using serving = await Serving.start({ flags: { listen: "0.0.0.0:0" }, env: { SLUICE_TOKEN: "t" } });
  assertMatch(serving.url, /^http:\/\/0\.0\.0\.0:\d+\/$/);
});

Deno.test("startHttpServer() says that an address is in use", async () => {
  await using serving = await Serving.start();
  const listen = new URL(serving.url).host;
  const { message } = await assertRejects(() => Serving.start({ flags: { listen } }), Error);
  assertEquals(message, `1: Cannot listen on ${listen}: the address is in use`);
});

Deno.test("startHttpServer() takes no request of another site's page without a token", async () => {
  await using serving = await Serving.start();
  const { host } = new URL(serving.url);
  const post = (headers: Record<string, string>) => serving.answers(keys, { headers });
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
  ];
  for (const headers of foreign) {
    const response = await post(headers);
    assertEquals([response.status, (await problemOf(response)).status], [403, 403], JSON.stringify(headers));
  }
  const own: Record<string, string> = { "sec-fetch-site": "same-origin", origin: `http://${host}` };
  for (const headers of [own, {}]) {
    const response = await post(headers);
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }
  for (const name of ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1"]) {
    assertMatch(
      await raw(serving, `GET /metrics HTTP/1.1\nHost: ${name}\nConnection: close`),
      /^HTTP\/1.1 403 /,
    );
  }
  for (const name of ["localhost", "localhost:80", "[::1]:80", "127.0.0.1"]) {
    assertMatch(
      await raw(serving, `GET /metrics HTTP/1.1\nHost: ${name}\nConnection: close`),
      /^HTTP\/1.1 200 /,
    );
  }
  const absolute = await raw(
    serving,
    "GET http://evil.example/metrics HTTP/1.1\nHost: localhost\nConnection: close",
  );
  assertMatch(absolute, /^HTTP\/1.1 403 /);
});

Deno.test("startHttpServer() answers invalid addresses, and continues", async () => {
  await using serving = await Serving.start();
  for (const host of ["[", "a b"]) {
    assertMatch(await raw(serving, `GET / HTTP/1.1\nHost: ${host}\nConnection: close`), /^HTTP\/1.1 400 /);
  }
  assertMatch(
    await raw(serving, "OPTIONS * HTTP/1.1\nHost: localhost\nConnection: close"),
    /^HTTP\/1.1 400 /,
  );
  assertMatch(await raw(serving, "nonsense"), /^HTTP\/1.1 400 /);
  assertEquals(serving.log.filter(({ level }) => level === "ERROR"), []);
});

Deno.test("startHttpServer() answers 404 and 405 to unknown paths and methods", async () => {
  await using serving = await Serving.start();
  const missing = await serving.fetch("/v2/answers");
  assertEquals([missing.status, (await problemOf(missing)).detail], [
    404,
    "Nothing is served at /v2/answers",
  ]);
  const wrong: [path: string, method: string, allow: string][] = [
    ["/v1/answers", "GET", "POST"],
    ["/v1/records", "PUT", "POST"],
    ["/metrics", "POST", "GET, HEAD"],
    ["/", "DELETE", "GET, HEAD"],
  ];
  for (const [path, method, allow] of wrong) {
    const response = await serving.fetch(path, { method });
    assertEquals([response.status, response.headers.get("allow")], [405, allow]);
    assertEquals((await problemOf(response)).detail, `${path} accepts ${allow}, not ${method}`);
  }
});

Deno.test("startHttpServer() answers HEAD as GET, without a body", async () => {
  await using serving = await Serving.start();
  for (const path of ["/healthz", "/metrics", "/v1/openapi.json", "/v1/live"]) {
    const get = await serving.fetch(path), head = await serving.fetch(path, { method: "HEAD" });
    await get.body?.cancel();
    assertEquals([head.status, head.headers.get("content-type")], [200, get.headers.get("content-type")]);
    assertEquals(await head.text(), "");
  }
});

Deno.test("startHttpServer() answers what a route throws with 500, and reports it", async () => {
  const failures: string[] = [];
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    routes: {
      "GET /": {
        handle() {
          throw new Error("secret");
        },
      },
    },
    onFailure: (error, { method }) => failures.push(`${method} ${error}`),
  });
  const response = await fetch(server.url);
  assertEquals(response.status, 500);
  assertEquals((await problemOf(response)).detail, "Internal error of the server; its log has the details");
  await server.close();
  assertEquals(failures, ["GET Error: secret"]);
});

Deno.test("startHttpServer() closes although a client does not read, or has sent half a request", async () => {
  await using serving = await Serving.start();
  const half = await serving.connect("GET /heal");
  const viewer = await serving.connect("GET /v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const sender = await serving.connect(
    "POST /v1/answers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
  );
  await serving.metric("sluice_build_info");
  assertEquals(await serving.end(), 0);
  assertMatch(await new Response(sender.readable).text(), /^HTTP\/1.1 503 /);
  half.close();
  viewer.close();
});
