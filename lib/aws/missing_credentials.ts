/** What the search for credentials depends on; a test gives its own. */
export interface CredentialSurroundings {
  readonly variable: (name: string) => string | undefined;
  /** A file's text; undefined if it cannot be read. */
  readonly read: (path: string) => string | undefined;
  /** Whether other programs may be started. */
  readonly mayStart: () => boolean;
}

const ofProcess: CredentialSurroundings = {
  variable: (name) => Deno.env.get(name),
  read(path) {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return undefined;
    }
  },
  mayStart: () => Deno.permissions.querySync({ name: "run" }).state === "granted",
};

/** A profile of the files of the AWS CLI: its keys, in small letters. */
type Profile = Readonly<Record<string, string>>;

/** Keys of a profile that say where its credentials come from. */
const sources =
  /^(?:aws_access_key_id|credential_process|credential_source|login_session|role_arn|sso_.*|web_identity_token_file)$/;
/** Profiles that refer to each other, at most. */
const maxProfiles = 10;

/**
 * Why the AWS SDK found no credentials, in words, and what to do: its own message does not say where it has looked. Quotes
 * no values but names and paths.
 */
export function missingCredentials({ mayStart, read, variable }: CredentialSurroundings = ofProcess): string {
  const home = variable("HOME") ?? variable("USERPROFILE") ?? "~";
  const configFile = variable("AWS_CONFIG_FILE") || `${home}/.aws/config`;
  const credentialsFile = variable("AWS_SHARED_CREDENTIALS_FILE") || `${home}/.aws/credentials`;
  const profiles = new Map<string, Profile>();
  for (const path of [configFile, credentialsFile]) {
    for (const [name, keys] of profilesOf(read(path) ?? "")) {
      profiles.set(name, { ...profiles.get(name), ...keys });
    }
  }
  const name = variable("AWS_PROFILE") || "default";
  const profile = profiles.get(name);
  const chain = chainFrom(name, profiles);
  const starter = chain.find((name) => profiles.get(name)?.credential_process !== undefined);
  if (starter !== undefined) {
    if (mayStart()) return `the profile ${starter} has credential_process, which gave no credentials`;
    return `the profile ${starter} has credential_process, which Sluice may not start: ` +
      `set the variables that aws configure export-credentials --profile ${starter} --format env prints, ` +
      "or have its credentials served, such as by aws-vault exec --ecs-server";
  }
  if (chain.some((name) => profiles.get(name)?.mfa_serial !== undefined)) {
    return `the profile ${name} wants a code (mfa_serial), for which Sluice cannot ask: ` +
      `set the variables that aws configure export-credentials --profile ${name} --format env prints`;
  }
  const held = Object.keys(profile ?? {}).filter((key) => sources.test(key));
  if (held.length > 0) return `the profile ${name} (${held.join(", ")}) gave no credentials`;
  const state = profile === undefined ? "is not there" : "holds none";
  const unset = (name: string, text: string) => variable(name) ? text : `${name} is not set`;
  const looked = [
    unset("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not"),
    `the profile ${name} ${state} in ${configFile} and ${credentialsFile}`,
    unset("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE gave none"),
    variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
      ? "AWS_CONTAINER_CREDENTIALS_FULL_URI gave none"
      : unset("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI gave none"),
    variable("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true"
      ? "the machine's role is switched off by AWS_EC2_METADATA_DISABLED"
      : "the machine has no role, or its metadata cannot be reached",
  ];
  return looked.join("; ");
}

/** The profile, and those that it takes its credentials from. */
function chainFrom(name: string, profiles: ReadonlyMap<string, Profile>): string[] {
  const chain = [name];
  while (chain.length < maxProfiles) {
    const next = profiles.get(chain.at(-1)!)?.source_profile;
    if (next === undefined || chain.includes(next)) break;
    chain.push(next);
  }
  return chain;
}

/** The profiles of an INI file; other sections, such as `[sso-session x]`, are left out. */
function profilesOf(text: string): [name: string, keys: Profile][] {
  const profiles: [string, Record<string, string>][] = [];
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) {
      const [, name] = /^(?:profile\s+)?["']?([^\s"']+)["']?$/.exec(section) ?? [];
      profiles.push([name ?? "", {}]);
      continue;
    }
    // Lines that begin with a blank belong to the key before.
    const [, key, value] = /^([^\s#;=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const last = profiles.at(-1);
    if (key !== undefined && last !== undefined) last[1][key.toLowerCase()] = value!;
  }
  return profiles.filter(([name]) => name !== "");
}
