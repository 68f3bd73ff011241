import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import { fileURLToPath } from "node:url";
import { parsePostgresAddress } from "../../../lib/sinks/postgres/postgres_address.ts";
import { PostgresLink } from "../../../lib/sinks/postgres/postgres_link.ts";
import { PostgresSink } from "../../../lib/sinks/postgres/postgres_sink.ts";
import { freePort } from "../../fakes/free_port.ts";
import { PostgresServer } from "../../fakes/postgres_server.ts";

const started = await Promise.all([PostgresServer.start({ tls: true }), PostgresServer.start()]);
const [secure, plain] = started.map((server) => typeof server === "string" ? undefined : server);
const skipped = typeof started[0] === "string" ? ` (not run: ${started[0]})` : "";
globalThis.addEventListener("unload", () => [secure, plain].forEach((server) => server?.killNow()));

const tls = (name: string) =>
  encodeURIComponent(fileURLToPath(new URL(`../../testdata/tls/${name}`, import.meta.url)));
const { signal } = new AbortController();

/** What the server at an address says. */
async function asked(address: string, statement: string): Promise<unknown> {
  const link = new PostgresLink({ address: parsePostgresAddress(address), timeoutSeconds: 10 });
  try {
    const [row] = await link.query(statement, [], { signal });
    return Object.values(row!)[0];
  } finally {
    await link.close();
  }
}

const isTls = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

function test(name: string, run: (secure: PostgresServer, plain: PostgresServer) => Promise<void>) {
  Deno.test({ name: name + skipped, ignore: secure === undefined, fn: () => run(secure!, plain!) });
}

test("PostgresLink with sslmode=prefer and allow speaks TLS where the server does", async (secure, plain) => {
  for (const mode of ["prefer", "allow"]) {
    assertEquals(await asked(`${secure.url()}?sslmode=${mode}`, isTls), true);
    assertEquals(await asked(`${plain.url()}?sslmode=${mode}`, isTls), false);
  }
});

test("PostgresLink with sslmode=verify-ca checks the certificate's authority, and not its name", async (secure) => {
  const ca = `sslrootcert=${tls("ca.pem")}`;
  const elsewhere = secure.url().replace("127.0.0.1", "0.0.0.0");
  assertEquals(await asked(`${secure.url()}?sslmode=verify-ca&${ca}`, isTls), true);
  assertEquals(await asked(`${elsewhere}?sslmode=verify-ca&${ca}`, isTls), true);
  await assertRejects(() => asked(`${elsewhere}?sslmode=verify-full&${ca}`, isTls));
  await assertRejects(() => asked(`${secure.url()}?sslmode=verify-ca`, isTls));
});

test("PostgresLink takes the client's certificate and key", async (secure) => {
  const files = `sslrootcert=${tls("ca.pem")}&sslcert=${tls("client.pem")}&sslkey=${tls("client.key")}`;
  assertEquals(await asked(`${secure.url()}?sslmode=verify-full&${files}`, isTls), true);
  await assertRejects(
    () => asked(`${secure.url()}?sslmode=require&sslrootcert=%2Fabsent.pem`, isTls),
    Error,
    "Cannot read certificate authorities /absent.pem",
  );
});

test("PostgresLink tells the server application_name and options", async (_, plain) => {
  const address = `${plain.url()}?application_name=jobs&options=-c%20statement_timeout%3D1234`;
  assertEquals(await asked(address, "show application_name"), "jobs");
  assertEquals(await asked(address, "show statement_timeout"), "1234ms");
});

test(
  "PostgresLink takes the first of several hosts that is there, and is what target_session_attrs asks for",
  async (secure, plain) => {
    const hosts = (...ports: number[]) =>
      `postgres://sluice@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/postgres`;
    const port = "select inet_server_port()";
    assertEquals(await asked(hosts(freePort(), plain.port, secure.port), port), plain.port);
    assertEquals(await asked(`${hosts(plain.port)}?target_session_attrs=read-write`, port), plain.port);
    await secure.sql("postgres", "alter system set default_transaction_read_only = on");
    await secure.sql("postgres", "select pg_reload_conf()");
    try {
      const both = hosts(secure.port, plain.port);
      assertEquals(await asked(`${both}?target_session_attrs=read-write`, port), plain.port);
      await assertRejects(
        () => asked(`${hosts(secure.port)}?target_session_attrs=read-write`, port),
        Error,
        "no server is read-write, which target_session_attrs asks for",
      );
      await assertRejects(() => asked(hosts(freePort(), freePort()), port), Error, "ECONNREFUSED");
    } finally {
      await secure.sql("postgres", "alter system reset all");
      await secure.sql("postgres", "select pg_reload_conf()");
    }
  },
);

test("PostgresSink names parameters that change nothing", async (_, plain) => {
  const told: string[] = [];
  const sink = new PostgresSink(`${plain.url()}?keepalives_count=3`, {
    onTrouble: (text) => told.push(text),
  });
  assertStringIncludes(told.join(), "Ignored in the address of postgres://127.0.0.1:");
  assertStringIncludes(told.join(), "keepalives_count, which change nothing here");
  await sink.close();
});
