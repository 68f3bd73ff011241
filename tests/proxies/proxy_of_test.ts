import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import { proxyOf } from "../../lib/proxies/proxy_of.ts";

const proxyIn = (variables: Readonly<Record<string, string>>, target = "https://bucket.s3.example.com/key") =>
  proxyOf(new URL(target), (name) => variables[name]);

Deno.test("proxyOf() takes the variable of the server's protocol, else ALL_PROXY", () => {
  const all = { HTTP_PROXY: "http://a:1", HTTPS_PROXY: "http://b:2", ALL_PROXY: "http://c:3" };
  assertEquals(proxyIn(all, "http://s3:9000/"), { url: "http://a:1", variable: "HTTP_PROXY" });
  assertEquals(proxyIn(all, "https://s3:9000/"), { url: "http://b:2", variable: "HTTPS_PROXY" });
  assertEquals(proxyIn({ ALL_PROXY: "c:3" }), { url: "http://c:3", variable: "ALL_PROXY" });
  assertEquals(proxyIn({ HTTP_PROXY: "http://a:1" }), undefined);
  assertEquals(proxyIn({}), undefined);
});

Deno.test("proxyOf() takes small letters where there are no capitals", () => {
  assertEquals(proxyIn({ https_proxy: "http://small:1" })?.url, "http://small:1");
  assertEquals(proxyIn({ HTTPS_PROXY: "", https_proxy: "http://small:1" })?.url, "http://small:1");
  assertEquals(
    proxyIn({ HTTPS_PROXY: "http://big:1", https_proxy: "http://small:1" })?.variable,
    "HTTPS_PROXY",
  );
  assertEquals(proxyIn({ https_proxy: "http://small:1", no_proxy: "example.com" }), undefined);
  assertEquals(
    proxyIn({ HTTPS_PROXY: "http://a:1", NO_PROXY: "other", no_proxy: "example.com" })?.url,
    "http://a:1",
  );
});

Deno.test("proxyOf() keeps credentials apart from the address", () => {
  assertEquals(proxyIn({ HTTPS_PROXY: "http://us%40er:p%2Fa%25ss@proxy:3128" }), {
    url: "http://proxy:3128",
    username: "us@er",
    password: "p/a%ss",
    variable: "HTTPS_PROXY",
  });
  assertEquals(proxyIn({ HTTPS_PROXY: "user:pa%ss@proxy:3128" })?.password, "pa%ss");
});

for (
  const [list, target, isDirect] of [
    ["*", "http://anything", true],
    ["s3.example.com", "https://s3.example.com", true],
    ["s3.example.com", "https://S3.EXAMPLE.COM.", true],
    ["example.com", "https://b.s3.example.com", true],
    [".example.com", "https://b.s3.example.com", true],
    [".example.com", "https://example.com", true],
    ["*.example.com", "https://b.s3.example.com", true],
    ["*.example.com", "https://example.com", false],
    ["ample.com", "https://example.com", false],
    ["example.com.org", "https://example.com", false],
    ["a, b\texample.com", "https://example.com", true],
    ["s3:9000", "http://s3:9000", true],
    ["s3:9000", "http://s3:9001", false],
    ["s3:80", "http://s3", true],
    ["s3:443", "https://s3", true],
    ["127.0.0.1", "http://127.0.0.1:9000", true],
    ["127.0.0.1:9000", "http://127.0.0.1:9000", true],
    ["127.0.0.1:9000", "http://127.0.0.1:9001", false],
    ["127.0.0.1", "http://127.0.0.2", false],
    ["0.0.1", "http://127.0.0.1", false],
    ["10.0.0.0/8", "http://10.20.30.40", true],
    ["10.0.0.0/8", "http://11.20.30.40", false],
    ["10.0.0.0/99", "http://10.20.30.40", false],
    ["::1", "http://[::1]:9000", true],
    ["[::1]:9000", "http://[::1]:9000", true],
    ["fd00::/8", "http://[fd12::1]", true],
    ["fd00::/8", "http://10.0.0.1", false],
    ["", "http://s3", false],
    [" , ", "http://s3", false],
  ] as const
) {
  Deno.test(`proxyOf() for NO_PROXY="${list}": ${target} ${isDirect ? "is direct" : "has a proxy"}`, () => {
    const proxy = proxyIn({ ALL_PROXY: "http://proxy:3128", NO_PROXY: list }, target);
    assertEquals(proxy === undefined, isDirect);
  });
}

for (
  const value of [
    "socks5://user:secret@proxy:1080",
    "http://user:secret@",
    "http://user:55/secret@proxy:1",
    "ftp://user:secret@proxy",
  ]
) {
  Deno.test(`proxyOf() refuses ${value.replace("user:secret@", "…")}, and quotes no credentials`, () => {
    const error = assertThrows(() => proxyIn({ HTTPS_PROXY: value }), SluiceError);
    assertEquals(error.kind, "settings");
    assertEquals(/secret|user:s/.test(error.message), false, error.message);
  });
}
