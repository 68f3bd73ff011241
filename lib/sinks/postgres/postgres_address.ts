import { SluiceError } from "../../errors/sluice_error.ts";

/** Where a PostgreSQL is, and as whom to speak to it. */
export interface PostgresAddress {
  /** The address without user and password, ending in `/`. */
  readonly shown: string;
  /** A name or an address; a folder, from its `/` on, where the server is spoken to by a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Absent: the client's, from PGUSER or the system. */
  readonly user?: string;
  /** Absent: PGPASSWORD, where that is set. */
  readonly password?: string;
  /** Whether to speak TLS, with the server's certificate and name checked. */
  readonly isTls: boolean;
}

const form = "postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?sslmode=disable|require|verify-full]";

/**
 * Takes apart `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?sslmode=…][&host=/FOLDER]`. Unlike in other programs,
 * `sslmode=require` checks the certificate, as `verify-full` does.
 *
 * @throws {Error} The address is not of that form. The error never quotes it, nor keeps a cause that does.
 */
export function parsePostgresAddress(text: string): PostgresAddress {
  const url = URL.parse(text);
  const mode = url?.searchParams.get("sslmode") ?? "disable";
  const folder = url?.searchParams.get("host") ?? "";
  const host = folder || url?.hostname.replace(/^\[(.*)\]$/, "$1") || "";
  const others = [...url?.searchParams.keys() ?? []].filter((name) => name !== "sslmode" && name !== "host");
  const isForm = url !== null && /^postgres(?:ql)?:$/.test(url.protocol) && /^\/[^/]+$/.test(url.pathname) &&
    /^(?:disable|require|verify-full)$/.test(mode) && (folder === "" || folder.startsWith("/"));
  if (!isForm || host === "" || others.length > 0) {
    throw unusable(`its address must be ${form}`);
  }
  let database, password, user;
  try {
    database = decodeURIComponent(url.pathname.slice(1));
    user = decodeURIComponent(url.username);
    password = decodeURIComponent(url.password);
  } catch {
    throw unusable("what stands in its address must be percent-encoded UTF-8");
  }
  const port = url.port === "" ? 5432 : Number(url.port);
  return {
    shown: `postgres://${
      folder === "" ? `${url.hostname}:${port}` : encodeURIComponent(folder)
    }${url.pathname}/`,
    host,
    port,
    database,
    user: user || undefined,
    password: password || undefined,
    isTls: mode !== "disable",
  };
}

function unusable(reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: "open a database", reason });
}
