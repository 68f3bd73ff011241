import { assert, assertEquals } from "@std/assert/mod.js";
import { hash } from "node:crypto";
import { pageResponse } from "../../lib/page/page.ts";

Deno.test("pageResponse() lets run what is in it, by hash, and nothing else", async () => {
  const response = pageResponse();
  const document = await response.text();
  const policy = new Map(
    response.headers.get("content-security-policy")!.split("; ").map((directive) => {
      const [name, ...sources] = directive.split(" ");
      return [name, sources] as const;
    }),
  );
  for (const [directive, tag] of [["script-src", "script"], ["style-src", "style"]] as const) {
    const blocks = [...document.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g"))].map(([, text]) =>
      text!
    );
    assertEquals(blocks.length, 2);
    assertEquals(policy.get(directive), blocks.map((text) => `'sha256-${hash("sha256", text, "base64")}'`));
    assertEquals(document.split(`<${tag}`).length, 3, `a ${tag} that is not counted`);
  }
  assertEquals([...policy].filter(([name]) => name !== "script-src" && name !== "style-src"), [
    ["default-src", ["'none'"]],
    ["connect-src", ["'self'"]],
    ["img-src", ["data:"]],
    ["base-uri", ["'none'"]],
    ["form-action", ["'none'"]],
    ["frame-ancestors", ["'none'"]],
  ]);
  assertEquals(/\sstyle=|\son[a-z]+="|innerHTML/.exec(document), null);
});

Deno.test("pageResponse() is HTML that is not stored, and sends no referrer", () => {
  const { headers, status } = pageResponse();
  assertEquals(status, 200);
  const { "content-security-policy": _, ...others } = Object.fromEntries(headers);
  assertEquals(others, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
});

Deno.test("pageResponse() names no outside address, and the chart library's license", async () => {
  const document = await pageResponse().text();
  const addresses = document.match(/(?:https?:)?\/\/[\w-]+\.[\w.-]+[^\s"')]*/g) ?? [];
  assertEquals(addresses.filter((address) => address !== "http://www.w3.org/2000/svg"), []);
  assert(document.includes("Copyright (c) 2022 Leon Sorokin"));
});

Deno.test("pageResponse() is a new response for each request", async () => {
  assertEquals(await pageResponse().text(), await pageResponse().text());
});
