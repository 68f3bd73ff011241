import { SluiceError } from "../../errors/sluice_error.ts";
import { either } from "../../text/format.ts";

/** What libpq's parameters behind the `?` of an address say about a connection. */
export interface PostgresParameters {
  /** Whether to speak TLS. */
  readonly isTls: boolean;
  /** How, if the server's certificate and name are not both checked: TLS where the server has it, or any name. */
  readonly tlsMode?: "prefer" | "verify-ca";
  /** Files in PEM: authorities to check the server with (or `system`), the client's certificate, and its key. */
  readonly rootCert?: string;
  readonly cert?: string;
  readonly key?: string;
  /** What the server is told at the start of a session. */
  readonly startup?: Readonly<Record<string, string>>;
  readonly connectSeconds?: number;
  /** Seconds of silence until the system looks whether the server is there; 0: never. */
  readonly keepAliveSeconds?: number;
  /** What a server must be to be used; of several hosts, the first that is. */
  readonly target?: string;
  /** Names of parameters that change nothing here. */
  readonly ignored?: readonly string[];
}

/** Taken elsewhere: they are parts of the address. */
export const addressParameters = ["host", "port", "user", "password", "dbname"] as const;

/** Parameters that are acted on, beside those of the address. */
const taken = [
  ...["sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "application_name"],
  ...["fallback_application_name", "connect_timeout", "options", "target_session_attrs"],
  ...["keepalives", "keepalives_idle", "client_encoding"],
] as const;

/** Parameters that change nothing here, and that no security hangs on. */
const harmless = new Set([
  ...[
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "load_balance_hosts",
    "sslcompression",
    "sslsni",
  ],
  ...["krbsrvname", "gsslib", "gssdelegation"],
]);

/** Parameters that are harmless with these values, and refused with others. */
const harmlessValues: Readonly<Record<string, readonly string[]>> = {
  gssencmode: ["disable", "prefer"],
  channel_binding: ["disable", "prefer"],
  sslnegotiation: ["postgres"],
  ssl_min_protocol_version: ["TLSv1", "TLSv1.1", "TLSv1.2"],
  sslcertmode: ["disable", "allow"],
  client_encoding: ["UTF8", "utf8", "UTF-8", "utf-8", "auto"],
};

/** Why a parameter, or its value, cannot be had. */
const refusals: Readonly<Record<string, string>> = {
  channel_binding:
    "this client cannot bind a login to TLS: leave it out or set prefer, and set sslmode=verify-full, " +
    "which checks the server's certificate",
  client_encoding: "it must be UTF8, which all records are in",
  gssencmode: "this client has no GSSAPI: set sslmode",
  sslnegotiation: "this client begins TLS as servers of every version take it: set postgres",
  ssl_min_protocol_version: "the lowest version is TLS 1.2, which cannot be raised",
  sslpassword: "a key with a password cannot be read: name one without",
  passfile: "it is not read: set PGPASSWORD",
  service: "files of services are not read: give host, user and database in the address",
  requiressl: "it has long been replaced by sslmode=require",
};

const tlsModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
const targets = ["any", "read-write", "read-only", "primary", "standby"] as const;

/**
 * Reads libpq's parameters. `sslmode` is `disable` if it is not set; `require` checks the certificate, as `verify-full`
 * does; `allow` and `prefer` check nothing, and do without TLS where the server has none.
 *
 * @throws {SluiceError} `settings`: a parameter is not known, or cannot be had. The error quotes no value that may be
 * secret.
 */
export function postgresParameters(given: URLSearchParams): PostgresParameters {
  const ignored: string[] = [];
  for (const [name, value] of given) {
    if ((addressParameters as readonly string[]).includes(name)) continue;
    const values = harmlessValues[name];
    if (values?.includes(value) || harmless.has(name)) {
      if (!(taken as readonly string[]).includes(name)) ignored.push(name);
    } else if (refusals[name] !== undefined) throw refused(name, refusals[name]);
    else if (!(taken as readonly string[]).includes(name)) {
      const known = [...addressParameters, ...taken].join(", ");
      throw refused(name, `it is not known; known are ${known}`);
    }
  }
  const text = (name: typeof taken[number]) => given.get(name) || undefined;
  const mode = oneOf("sslmode", tlsModes, text("sslmode") ?? "disable");
  const target = oneOf("target_session_attrs", targets, text("target_session_attrs") ?? "any");
  const files = { rootCert: text("sslrootcert"), cert: text("sslcert"), key: text("sslkey") };
  const isChecked = mode === "require" || mode.startsWith("verify");
  if (!isChecked && Object.values(files).some((file) => file !== undefined)) {
    throw refused("sslmode", "sslrootcert, sslcert and sslkey need require, verify-ca or verify-full");
  }
  if ((files.cert === undefined) !== (files.key === undefined)) {
    throw refused(
      files.cert === undefined ? "sslkey" : "sslcert",
      "a certificate and its key go together, one is missing",
    );
  }
  const application = text("application_name") ?? text("fallback_application_name");
  const options = text("options");
  const startup = {
    ...(application !== undefined && { application_name: application }),
    ...(options !== undefined && { options }),
  };
  const connectSeconds = seconds("connect_timeout", text("connect_timeout"));
  const keepAliveSeconds = text("keepalives") === "0"
    ? 0
    : seconds("keepalives_idle", text("keepalives_idle"));
  return {
    isTls: mode !== "disable",
    ...((mode === "prefer" || mode === "allow") && { tlsMode: "prefer" as const }),
    ...(mode === "verify-ca" && { tlsMode: mode }),
    ...Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined)),
    ...(Object.keys(startup).length > 0 && { startup }),
    // As in libpq, 0 is no limit.
    ...(connectSeconds !== undefined && connectSeconds > 0 && { connectSeconds }),
    ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
    ...(target !== "any" && { target }),
    ...(ignored.length > 0 && { ignored }),
  };
}

function oneOf<const W extends readonly string[]>(name: string, words: W, value: string): W[number] {
  if (words.includes(value)) return value;
  throw refused(name, `it must be ${either(words)}`);
}

function seconds(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw refused(name, "it must be a whole number of seconds");
}

function refused(name: string, why: string): SluiceError {
  return new SluiceError({
    kind: "settings",
    action: "open a database",
    reason: `parameter ${/^\w{1,40}$/.test(name) ? name : "…"} of its address cannot be used: ${why}`,
  });
}
