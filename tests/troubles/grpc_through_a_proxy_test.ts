/** Variables that name an HTTP proxy catch gRPC as well. What grpc-js prints by itself goes past our output: a process is needed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { grpcProxyOf, isLoopback } from "../../lib/models/grpc_proxy.ts";
import { Scene } from "../errors/scene.ts";
import { FakeProxy } from "../fakes/proxy.ts";
import { sluice } from "../story/sluice_process.ts";

/** What `check` says about the model, and all else. */
async function checked(scene: Scene, model: string, env: Readonly<Record<string, string>>) {
  const { folder } = scene;
  const places = ["--from", `${folder}/in`, "--to", `${folder}/out`, "--cache", "none:"];
  const none = { grpc_proxy: "", https_proxy: "", http_proxy: "", no_grpc_proxy: "", no_proxy: "" };
  const { stderr, stdout } = await sluice(["check", ...places, "--model", model], {
    env: { ...none, ...env },
  });
  const line = stdout.split("\n").find((line) => /^\w+ +model /.test(line)) ?? "";
  return { line, all: stdout + stderr, stderr };
}

Deno.test("check of a model that a proxy does not reach names the proxy and no_proxy, and the library is silent", async () => {
  await using scene = await Scene.create();
  const port = scene.unusedPort();
  const said = await checked(scene, "grpc://model.example:50051", {
    https_proxy: `http://me:s3cret@127.0.0.1:${port}`,
  });
  assertStringIncludes(
    said.line,
    `UNAVAILABLE: No connection established: connect ECONNREFUSED 127.0.0.1:${port}, through the proxy ` +
      `http://127.0.0.1:${port} of https_proxy; if the model is reached without it, name model.example in no_proxy`,
  );
  assertEquals(said.stderr, "");
  assert(!said.all.includes("s3cret"), said.all);
});

Deno.test("check of a model that a proxy refuses names the proxy's status", async () => {
  await using scene = await Scene.create();
  const proxy = scene.use(await FakeProxy.start({ credentials: "me:other" }));
  const said = await checked(scene, "grpc://model.example:50051", { grpc_proxy: proxy.url });
  assertStringIncludes(said.line, "status 407, through the proxy ");
  assertEquals(said.stderr, "");
});

Deno.test("check reaches a model on this machine past the proxy, and another one through it", async () => {
  await using scene = await Scene.create();
  const model = await scene.model();
  const host = model.url.replace("grpc://", "");
  const proxy = scene.use(await FakeProxy.start({ ways: { "model.example:50051": host } }));
  const here = await checked(scene, model.url, { http_proxy: proxy.url });
  assertStringIncludes(here.line, "ok ");
  assertEquals(proxy.requests, []);
  const there = await checked(scene, "grpc://model.example:50051", { http_proxy: proxy.url });
  assertStringIncludes(there.line, "ok ");
  assertEquals(proxy.requests.length, 1);
});

Deno.test("isLoopback() knows this machine by its names and addresses", () => {
  for (const host of ["localhost", "db.localhost", "127.0.0.1", "127.8.0.1", "::1"]) {
    assert(isLoopback(host), host);
  }
  for (const host of ["model", "10.0.0.1", "::2", "localhost.example"]) assert(!isLoopback(host), host);
});

Deno.test("grpcProxyOf() takes no proxy to this machine", () => {
  assertEquals(grpcProxyOf("localhost"), undefined);
});
