import { GrpcModel, type GrpcModelOptions } from "../../lib/models/grpc.ts";
import { seniorityContract } from "../../lib/seniority/contract.ts";
import { openModel } from "../../lib/cli/open/open_model.ts";
import type { FakeServerOptions } from "../fakes/model.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";

const { signal } = new AbortController();
const tls = (name: string) => Deno.readFileSync(new URL(`../testdata/tls/${name}`, import.meta.url));
const questions = [{ id: 1, company: "Acme", title: "CEO" }];

/** A model that a run cannot open. */
function run(when: string, text: string, flags: (scene: Scene) => Record<string, string>): ErrorText {
  return { when, text, status: 2, provoke: (scene) => scene.run(flags(scene)) };
}

/** Options that a model cannot be opened with. */
function options(when: string, text: string, given: GrpcModelOptions): ErrorText {
  return {
    when,
    text,
    provoke: () => failureOf(() => new GrpcModel("grpcs://model:50051", seniorityContract, given)),
  };
}

async function failureOfCall(url: string, given: GrpcModelOptions = {}): Promise<string> {
  const model = new GrpcModel(url, seniorityContract, given);
  const message = await failureOf(() => model.ask(questions, signal));
  await model.close();
  return message;
}

/** What a call fails with. */
function call(
  when: string,
  text: string,
  fake: FakeServerOptions,
  given: GrpcModelOptions = {},
  url = (url: string) => url,
): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      // When it went wrong, by grpc-js.
      scene.hide(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<TIME>");
      const { url: reached } = await scene.model(fake);
      scene.hurry(0);
      return await failureOfCall(url(reached), given);
    },
  };
}

export const modelTexts: ErrorTexts = {
  name: "openModel()",
  rows: [
    {
      when: "an address of no form, which may hold a password",
      text:
        "Cannot open model gprc://…@model:50051: it must be grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH or reference:",
      provoke: () => failureOf(() => openModel({ url: "gprc://me:s3cret@model:50051" })),
    },
    run(
      "an address without port",
      "sluice: Cannot use model grpc://model: it must be grpc://HOST:PORT, grpcs://HOST:PORT or unix:PATH",
      () => ({ model: "grpc://model" }),
    ),
    run(
      "authorities for a model without TLS",
      "sluice: Cannot use certificates with model grpc://model:50051: only grpcs: is TLS",
      () => ({
        "model": "grpc://model:50051",
        "model-ca": new URL("../testdata/tls/ca.pem", import.meta.url).pathname,
      }),
    ),
    run(
      "authorities that are not there",
      "sluice: Cannot read certificate authorities <DIR>/absent.pem: No such file or directory (os error 2): readfile '<DIR>/absent.pem'",
      ({ folder }) => ({ "model": "grpcs://model:50051", "model-ca": `${folder}/absent.pem` }),
    ),
    run(
      "a client certificate that is no PEM",
      "sluice: Cannot use the client certificate <DIR>/in/a.jsonl: it is not PEM",
      ({ folder }) => ({
        "model": "grpcs://model:50051",
        "model-cert": `${folder}/in/a.jsonl`,
        "model-key": `${folder}/in/a.jsonl`,
      }),
    ),
    run(
      "a header without name, whose value is not shown",
      "sluice: Cannot send model header 1: it must be NAME: VALUE",
      () => ({ "model": "grpc://model:50051", "model-header": "s3cret" }),
    ),
    run(
      "a header with a control character, whose value is not shown",
      "sluice: Cannot send model header 1, token: its name or value has illegal characters",
      () => ({ "model": "grpc://model:50051", "model-header": "token: s3cret\u0001" }),
    ),
    options(
      "a client certificate without its key",
      "Cannot use model grpcs://model:50051: a client certificate and its key go together, one is missing",
      { cert: tls("client.pem") },
    ),
    options(
      "authorities that are no PEM",
      "Cannot use the certificates for model grpcs://model:50051: the ca is not PEM",
      { ca: new TextEncoder().encode("x") },
    ),
    options(
      "a version of Deno that a model's restart aborts",
      "Cannot start a gRPC client on Deno 2.9.4: on 2.9.4 to 2.9.6 a restart of the model's server aborts the whole process; run Deno 2.9.3",
      { denoVersion: "2.9.4" },
    ),
    {
      when: "a model that is not there",
      text:
        "Cannot ask grpc://127.0.0.1:<PORT>: UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:<PORT>",
      async provoke(scene) {
        scene.hurry(0);
        return await failureOfCall(`grpc://127.0.0.1:${scene.unusedPort()}`);
      },
    },
    {
      when: "a model's socket that is not there",
      text:
        "Cannot ask unix:<DIR>/model.sock: UNAVAILABLE: No connection established. Last error: Error: connect ENOENT <DIR>/model.sock",
      async provoke(scene) {
        scene.hurry(0);
        return await failureOfCall(`unix:${scene.folder}/model.sock`);
      },
    },
    {
      when: "a model that is silent past the deadline",
      text:
        "Cannot ask grpc://127.0.0.1:<PORT>: DEADLINE_EXCEEDED: Deadline exceeded after 30.000s,remote_addr=127.0.0.1:<PORT>",
      async provoke(scene) {
        const called = Promise.withResolvers<void>();
        const { url } = await scene.model({
          fail() {
            called.resolve();
            return "hang";
          },
        });
        const clock = scene.hurry(0);
        const failure = failureOfCall(url, { deadlineSeconds: 30 });
        await called.promise;
        clock.tick(30_000);
        return await failure;
      },
    },
    call(
      "a model that rejects the credentials",
      "Cannot ask grpc://127.0.0.1:<PORT>: UNAUTHENTICATED: The token is not valid",
      { fail: () => ({ code: "UNAUTHENTICATED", details: "The token is not valid." }) },
    ),
    call(
      "a model that has another service",
      "Cannot ask grpc://127.0.0.1:<PORT>: UNIMPLEMENTED: unknown service SeniorityModel",
      { fail: () => ({ code: "UNIMPLEMENTED", details: "unknown service SeniorityModel" }) },
    ),
    call("a model with a failure of its own", "Cannot ask grpc://127.0.0.1:<PORT>: INTERNAL: out of memory", {
      fail: () => ({ code: "INTERNAL", details: "out of memory" }),
    }),
    call(
      "a model whose certificate is not trusted",
      "Cannot ask grpcs://127.0.0.1:<PORT>: UNAVAILABLE: No connection established. Last error: Error: unable to get local issuer certificate; if the certificate of 127.0.0.1:<PORT> comes from a private authority, name that with --model-ca PATH",
      {
        tls: { cert: tls("server.pem"), key: tls("server.key") },
      },
    ),
    call(
      "a model that wants a client certificate",
      "Cannot ask grpcs://127.0.0.1:<PORT>: UNAVAILABLE: No connection established. Last error: received fatal alert: CertificateRequired (<TIME>); the server wants a client certificate: name one with --model-cert and --model-key",
      {
        tls: { cert: tls("server.pem"), key: tls("server.key"), ca: tls("ca.pem") },
      },
      { ca: tls("ca.pem") },
    ),
    call(
      "a model with TLS, asked without",
      "Cannot ask grpc://127.0.0.1:<PORT>: UNAVAILABLE: No connection established. Last error: Failed to connect (<TIME>)",
      { tls: { cert: tls("server.pem"), key: tls("server.key") } },
      {},
      (url) => url.replace("grpcs:", "grpc:"),
    ),
    call(
      "a model without TLS, asked with it",
      "Cannot ask grpcs://127.0.0.1:<PORT>: UNAVAILABLE: No connection established. Last error: Error: received corrupt message of type InvalidContentType (SSL routines:ssl3_get_record:wrong version number)",
      {},
      { ca: tls("ca.pem") },
      (url) => url.replace("grpc:", "grpcs:"),
    ),
  ],
};
