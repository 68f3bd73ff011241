import { readPem } from "../tls/read_pem.ts";
import { address, amount, type Settings, text, texts, type Values } from "../settings/setting.ts";
import type { Model } from "./model.ts";

/** The settings of models, beside the model's address itself. */
export const modelSettings = {
  model: address({
    help:
      "Who is asked: grpc://HOST:PORT, grpcs://HOST:PORT (TLS), unix:PATH, reference: (in process, a word list)",
    required: "there is no default, so that nobody gets made-up levels for having forgotten a flag; " +
      "one of grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH, reference: (made-up levels, to try things out)",
    forms: ["grpc://HOST:PORT", "grpcs://HOST:PORT", "unix:PATH", "reference:"],
    accepts: /^(?:grpcs?:\/\/.|unix:.|reference:$)/,
  }),
  modelCa: text({
    help: "Certificate authorities to check a grpcs:// model with, a PEM file; the system's when left out",
    placeholder: "PATH",
  }),
  modelCert: text({
    help: "Certificate that a grpcs:// model is shown, a PEM file, together with --model-key",
    placeholder: "PATH",
  }),
  modelKey: text({ help: "Private key of --model-cert, a PEM file", placeholder: "PATH" }),
  modelHeader: texts({
    help: "Header sent with each call; may be repeated (secrets: in the environment, one a line)",
    placeholder: "NAME: VALUE",
    secret: true,
  }),
  modelDeadlineSeconds: amount({
    help: "How long one call may take, 0.1 to 3600",
    placeholder: "SECONDS",
    min: 0.1,
    max: 3600,
    default: 60,
  }),
} satisfies Settings;

/** Values of {@linkcode modelSettings}; their defaults where left out. */
export type OpenModelOptions = Partial<Values<typeof modelSettings>>;

/**
 * Opens the model at an address; a gRPC model is connected with its first call, so that one that is down is no error
 * here. Only the code of the model in question is loaded.
 *
 * @param url `grpc://HOST:PORT`, `grpcs://HOST:PORT`, `unix:PATH` or `reference:`.
 * @throws {Error} The address has none of these forms; a header or a PEM file cannot be used.
 */
export async function openModel(url: string, options: OpenModelOptions = {}): Promise<Model> {
  if (url === "reference:") return new (await import("../seniority/reference.ts")).ReferenceModel();
  if (/^(?:grpcs?:\/\/|unix:)./i.test(url)) {
    const { GrpcModel } = await import("./grpc.ts");
    return new GrpcModel(url, {
      deadlineSeconds: options.modelDeadlineSeconds ?? modelSettings.modelDeadlineSeconds.default,
      headers: options.modelHeader,
      ca: await pemOf("certificate authorities", options.modelCa),
      cert: await pemOf("the client certificate", options.modelCert),
      key: await pemOf("the client certificate's key", options.modelKey),
    });
  }
  const shown = url.replace(/\/\/.*@/, "//…@"); // what stands before an @ may be a password
  throw new Error(
    `Cannot open model ${shown}: it must be grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH or reference:`,
  );
}

/** As bytes, which is what gRPC takes. */
async function pemOf(what: string, path: string | undefined): Promise<Uint8Array | undefined> {
  return path === undefined ? undefined : new TextEncoder().encode(await readPem(what, path));
}
