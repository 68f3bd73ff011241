import { secretsHider } from "../text/without_secrets.ts";

/** Variables of the environment that hold addresses: ours, and those that clients of servers read. */
const addressVariables = /^SLUICE_|^AWS_ENDPOINT_URL|_proxy$|^OTEL_EXPORTER_/i;
/** Variables that are secrets by themselves. */
const secretVariables = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PGPASSWORD"] as const;

/**
 * Takes the secrets out of a text that were typed on the command line, or are in the environment or in a command's
 * settings: the last line of defence, for errors of libraries that quote what they were given.
 */
export function typedSecretsHider(
  { args, env, settings }: {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly settings?: unknown;
  },
): (text: string) => string {
  const variables = Object.entries(env).filter(([name]) => addressVariables.test(name)).map(([, value]) =>
    value
  );
  const texts = [
    ...args.flatMap((arg) => [arg, arg.replace(/^--[\w-]+=/, "")]),
    ...variables.flatMap((value) => value.split("\n")),
    ...textsIn(settings),
  ];
  return secretsHider(
    texts.filter((text) => /:.*@|:\/\/|=/s.test(text)),
    secretVariables.flatMap((name) => env[name] || []),
  );
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
