import { SluiceError } from "../../errors/sluice_error.ts";
import { type PostgresParameters, postgresParameters } from "./postgres_parameters.ts";

/** A server of PostgreSQL. */
export interface PostgresHost {
  /** A name or an address; a folder, from its `/` on, where the server is spoken to by a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** Where a PostgreSQL is, and as whom to speak to it. */
export interface PostgresAddress extends PostgresHost, PostgresParameters {
  /** The address without user and password, ending in `/`. */
  readonly shown: string;
  /** Further servers, for when the first is not there, or is not what `target_session_attrs` asks for. */
  readonly others?: readonly PostgresHost[];
  readonly database: string;
  /** Absent: the client's, from PGUSER or the system. */
  readonly user?: string;
  /** Absent: PGPASSWORD, where that is set. */
  readonly password?: string;
}

const form = "postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?sslmode=disable|require|verify-full]";
const defaultPort = 5432;

/**
 * Takes apart `postgres://USER[:PASSWORD]@HOST[:PORT][,HOST[:PORT]…]/DATABASE[?PARAMETER=VALUE&…]`, with the parameters of
 * libpq. Unlike in other programs, `sslmode=require` checks the certificate, as `verify-full` does.
 *
 * @throws {SluiceError} The address is not of that form. The error never quotes it, nor keeps a cause that does.
 */
export function parsePostgresAddress(text: string): PostgresAddress {
  const [, before, list, behind] = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/is.exec(text) ?? [];
  const [first = "", ...rest] = (list ?? "").split(",");
  const url = URL.parse(`${before}${first}${behind}`);
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || !/^(?:\/[^/]*)?$/.test(url.pathname)) {
    throw unusable(`its address must be ${form}`);
  }
  const given = url.searchParams;
  const named = (name: string) => given.get(name) || undefined;
  const itsHost = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const otherHost = named("host") ?? "";
  // A folder of sockets goes before the host; libpq would take any other name, too.
  const host = otherHost.startsWith("/") ? otherHost : itsHost || otherHost;
  let database, password, user;
  try {
    database = named("dbname") ?? decodeURIComponent(url.pathname.slice(1));
    user = named("user") ?? decodeURIComponent(url.username);
    password = named("password") ?? decodeURIComponent(url.password);
  } catch {
    throw unusable("what stands in its address must be percent-encoded UTF-8");
  }
  const isOneHost = otherHost === "" || otherHost.startsWith("/") || itsHost === "";
  if (host === "" || database === "" || !isOneHost || (host.startsWith("/") && rest.length > 0)) {
    throw unusable(`its address must be ${form}`);
  }
  const port = Number(url.port || named("port") || defaultPort);
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) throw unusable(`its address must be ${form}`);
  const others = rest.map(hostOf);
  const shownHosts = host.startsWith("/")
    ? encodeURIComponent(host)
    : [`${url.hostname || host}:${port}`, ...others.map(shownHost)].join(",");
  return {
    shown: `postgres://${shownHosts}${named("dbname") ? `/${encodeURIComponent(database)}` : url.pathname}/`,
    host,
    port,
    ...(others.length > 0 && { others }),
    database,
    user: user || undefined,
    password: password || undefined,
    ...postgresParameters(given),
  };
}

function hostOf(text: string): PostgresHost {
  const url = URL.parse(`postgres://${text}/`);
  if (url === null || url.hostname === "" || url.pathname !== "/") {
    throw unusable(`its address must be ${form}`);
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port || defaultPort) };
}

function shownHost({ host, port }: PostgresHost): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function unusable(reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: "open a database", reason });
}
