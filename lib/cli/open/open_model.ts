import { SluiceError } from "../../errors/sluice_error.ts";
import type { Model } from "../../models/model.ts";
import { modelForms, type modelSettings } from "../../models/model_settings.ts";
import { referenceUrl } from "../../seniority/model_names.ts";
import type { Values } from "../../settings/setting.ts";
import { either } from "../../text/format.ts";
import { printableAddress } from "../../text/printable_address.ts";
import { readPem } from "../../tls/read_pem.ts";

/** Values of {@linkcode modelSettings}; defaults apply to those left out. */
export type OpenModelOptions =
  & Pick<Values<typeof modelSettings>, "url">
  & Partial<Values<typeof modelSettings>>;

/**
 * Opens a model. A gRPC model is connected with its first call, so that one that is down is no error
 * here. Only the code of the model in question is loaded.
 *
 * @throws {SluiceError} The address has none of the forms; a header or a PEM file cannot be used.
 */
export async function openModel({ url, ...options }: OpenModelOptions): Promise<Model> {
  if (url === referenceUrl) return new (await import("../../seniority/reference.ts")).ReferenceModel();
  if (/^(?:grpcs?:\/\/|unix:)./i.test(url)) {
    const { GrpcModel } = await import("../../models/grpc.ts");
    const { seniorityContract } = await import("../../seniority/contract.ts");
    return new GrpcModel(url, seniorityContract, {
      deadlineSeconds: options.deadlineSeconds,
      headers: options.header,
      ca: await pemOf("certificate authorities", options.ca),
      cert: await pemOf("the client certificate", options.cert),
      key: await pemOf("the client certificate's key", options.key),
    });
  }
  throw new SluiceError({
    kind: "settings",
    action: "open model",
    subject: printableAddress(url),
    reason: `it must be ${either(modelForms)}`,
  });
}

/** As bytes, which is what gRPC takes. */
async function pemOf(what: string, path: string | undefined): Promise<Uint8Array | undefined> {
  return path === undefined ? undefined : new TextEncoder().encode(await readPem(what, path));
}
