import { address, amount, type Settings, text, texts } from "../settings/setting.ts";

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
