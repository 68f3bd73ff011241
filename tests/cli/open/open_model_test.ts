import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert/mod.js";
import * as v from "valibot";
import { GrpcModel } from "../../../lib/models/grpc.ts";
import { ModelError } from "../../../lib/models/model.ts";
import { openModel } from "../../../lib/cli/open/open_model.ts";
import { modelSettings } from "../../../lib/models/model_settings.ts";
import { ReferenceModel } from "../../../lib/seniority/reference.ts";
import { FakeModel } from "../../fakes/model.ts";

const tls = new URL("../../testdata/tls/", import.meta.url).pathname;

Deno.test("openModel() opens each form of address, without connecting", async () => {
  const forms = [
    ["grpc://localhost:1", GrpcModel],
    ["grpcs://[::1]:1", GrpcModel],
    ["unix:absent.sock", GrpcModel],
    ["reference:", ReferenceModel],
  ] as const;
  for (const [url, type] of forms) {
    const model = await openModel({ url });
    assertInstanceOf<new (...args: never[]) => unknown>(model, type);
    assertEquals(model.url, url);
    await model.close();
  }
});

Deno.test("openModel() names the forms when the address has none of them, without its secrets", async () => {
  for (const url of ["", "reference", "grpc:", "unix:", "http://host:1", "gprc://u:s3cr3t@host:1"]) {
    const error = await assertRejects(
      () => openModel({ url }),
      Error,
      "it must be grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH or reference:",
    );
    assert(!error.message.includes("s3cr3t"), error.message);
  }
});

Deno.test("openModel() hands deadline, headers and PEM files on", async () => {
  const [cert, key, ca] = await Promise.all(
    ["server.pem", "server.key", "ca.pem"].map((f) => Deno.readFile(tls + f)),
  );
  await using fake = await FakeModel.start({ tls: { cert: cert!, key: key!, ca: ca! }, fail: () => "hang" });
  const model = await openModel({
    url: fake.url,
    ca: `${tls}ca.pem`,
    cert: `${tls}client.pem`,
    key: `${tls}client.key`,
    header: ["authorization: Bearer t0ken"],
    deadlineSeconds: 1, // in which the handshake is over on a busy machine too
  });
  try {
    await assertRejects(() => model.ask([], new AbortController().signal), ModelError, "DEADLINE_EXCEEDED");
    assertEquals(fake.calls[0]?.metadata.authorization, "Bearer t0ken");
  } finally {
    await model.close();
  }
});

Deno.test("openModel() says which PEM file it cannot read", async () => {
  const wrong = [
    [{ ca: "absent.pem" }, "Cannot read certificate authorities absent.pem: "],
    [{ cert: "absent.pem" }, "Cannot read the client certificate absent.pem: "],
    [{ key: "absent.pem" }, "Cannot read the client certificate's key absent.pem: "],
  ] as const;
  for (const [options, message] of wrong) {
    await assertRejects(() => openModel({ url: "grpcs://localhost:1", ...options }), Error, message);
  }
});

Deno.test("openModel() loads no gRPC client for the reference model", async () => {
  for (const file of ["cli/open/open_model.ts", "seniority/reference.ts"]) {
    const module = await Deno.readTextFile(new URL(`../../../lib/${file}`, import.meta.url));
    assert(!/^import (?!type )[^;]*(?:grpc|contract)/m.test(module), file);
  }
});

Deno.test("modelSettings take a deadline from 0.1 to 3600 seconds, and keep headers secret", () => {
  const { schema } = modelSettings.deadline;
  assertEquals(v.parse(schema, "100ms"), 0.1);
  for (const wrong of ["0s", "3601s", "60", "soon", ""]) assert(!v.safeParse(schema, wrong).success, wrong);
  assertEquals(modelSettings.header.secret, true);
  assertEquals(v.parse(modelSettings.header.schema, "a: 1\nb: 2\n"), ["a: 1", "b: 2"]);
});
