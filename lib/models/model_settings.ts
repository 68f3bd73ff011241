import { address, period, type Settings, text, texts } from "../settings/setting.ts";

/** The addresses of models behind gRPC. */
export const grpcForms = ["grpc://HOST:PORT", "grpcs://HOST:PORT", "unix:PATH"] as const;
/** The addresses of all models. */
export const modelForms = [...grpcForms, "reference:"] as const;

/** Which model is called, and how. */
export const modelSettings = {
  url: address({
    help:
      "The model: grpc://HOST:PORT, grpcs://HOST:PORT (TLS), unix:PATH, or reference: (word list, in process)",
    required: "there is no default, so forgetting the flag cannot silently produce fake results; " +
      `one of ${modelForms.join(", ")} (made-up levels, to try things out)`,
    forms: [...modelForms],
    accepts: /^(?:grpcs?:\/\/.|unix:.|reference:$)/,
  }),
  ca: text({
    help: "Certificate authorities to verify a grpcs:// model with, a PEM file",
    placeholder: "PATH",
    defaultText: "the system's",
  }),
  cert: text({
    help: "Client certificate for a grpcs:// model, a PEM file; needs --model-key",
    placeholder: "PATH",
  }),
  key: text({ help: "Private key of --model-cert, a PEM file", placeholder: "PATH" }),
  header: texts({
    help: "Header to send with each call; may be repeated (put secrets in the environment, one a line)",
    placeholder: "NAME: VALUE",
    secret: true,
  }),
  deadline: period({
    help: "Timeout of one call, 100ms to 1h",
    heading: "Retries and timeouts",
    was: { name: "modelDeadlineSeconds", unit: "s" },
    min: "100ms",
    max: "1h",
    default: "60s",
  }),
} satisfies Settings;
