import { assert, assertEquals, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { parsePostgresAddress, type PostgresAddress } from "../../../lib/sinks/postgres/postgres_address.ts";

Deno.test("parsePostgresAddress() shows neither user nor password", () => {
  assertEquals(parsePostgresAddress("postgresql://m%40e:s%2Fcret@db.example/a%20b?sslmode=require"), {
    shown: "postgres://db.example:5432/a%20b/",
    host: "db.example",
    port: 5432,
    database: "a b",
    user: "m@e",
    password: "s/cret",
    isTls: true,
  });
  assertEquals(parsePostgresAddress("postgres://[::1]:1234/d"), {
    shown: "postgres://[::1]:1234/d/",
    host: "::1",
    port: 1234,
    database: "d",
    user: undefined,
    password: undefined,
    isTls: false,
  });
});

Deno.test("parsePostgresAddress() takes a Unix socket's folder, with or without a host", () => {
  for (const url of ["postgres:///d?host=/run/pg", "postgres://localhost/d?host=%2Frun%2Fpg"]) {
    const { host, shown } = parsePostgresAddress(url);
    assertEquals([host, shown], ["/run/pg", "postgres://%2Frun%2Fpg/d/"]);
  }
});

Deno.test("parsePostgresAddress() refuses all else, and quotes nothing", () => {
  for (
    const url of [
      "mysql://me:s3cret@h/d",
      "postgres://me:s3cret@h/",
      "postgres://me:s3cret@h/a/b",
      "postgres:///d",
      "postgres://me:s3cret@h/d?sslmode=always",
      "postgres://me:s3cret@h/d?sslrootcert=x",
      "postgres://me:s3cret@h/d?s3cret=x",
      "postgres://me:s3cret@h:5432,:5433/d",
      "postgres://me:s3cret@h,/d",
      "postgres://me:s3cret@h/d?host=other",
      "postgres://me:s3cret%@h/d",
      "postgres://me:s3cret@h:x/d",
    ]
  ) {
    const { message } = assertThrows(() => parsePostgresAddress(url), Error, "Cannot open a database: ");
    assert(!message.includes(":s3cret"));
  }
});

Deno.test("parsePostgresAddress() takes libpq's parameters, and lists those that change nothing", () => {
  const cases: [parameters: string, parts: Partial<PostgresAddress>][] = [
    ["sslmode=allow", { isTls: true, tlsMode: "prefer" }],
    ["sslmode=prefer", { isTls: true, tlsMode: "prefer" }],
    ["sslmode=require", { isTls: true }],
    ["sslmode=verify-ca&sslrootcert=/ca.pem", { isTls: true, tlsMode: "verify-ca", rootCert: "/ca.pem" }],
    ["sslmode=verify-full&sslcert=c.pem&sslkey=k.pem", { isTls: true, cert: "c.pem", key: "k.pem" }],
    ["channel_binding=prefer&client_encoding=UTF8", { isTls: false }],
    ["application_name=jobs&options=-c%20search_path%3Da", {
      isTls: false,
      startup: { application_name: "jobs", options: "-c search_path=a" },
    }],
    ["fallback_application_name=jobs&connect_timeout=0", {
      isTls: false,
      startup: { application_name: "jobs" },
    }],
    ["connect_timeout=3&keepalives_idle=20", { isTls: false, connectSeconds: 3, keepAliveSeconds: 20 }],
    ["keepalives=0&keepalives_count=3&gssencmode=prefer", {
      isTls: false,
      keepAliveSeconds: 0,
      ignored: ["keepalives_count", "gssencmode"],
    }],
    ["target_session_attrs=read-write", { isTls: false, target: "read-write" }],
    ["target_session_attrs=any", { isTls: false }],
  ];
  const plain = parsePostgresAddress("postgres://me@h/d");
  for (const [parameters, parts] of cases) {
    const found = parsePostgresAddress(`postgres://me@h/d?${parameters}`);
    assertEquals([parameters, found], [parameters, { ...plain, ...parts }]);
  }
});

Deno.test("parsePostgresAddress() takes user, password, database, host and port as parameters", () => {
  const { database, host, password, port, shown, user } = parsePostgresAddress(
    "postgresql://?host=db.example&port=6432&user=me&password=s%2Fcret&dbname=d",
  );
  assertEquals(
    [database, host, password, port, shown, user],
    ["d", "db.example", "s/cret", 6432, "postgres://db.example:6432/d/", "me"],
  );
});

Deno.test("parsePostgresAddress() takes several hosts", () => {
  const { host, others, port, shown } = parsePostgresAddress("postgres://me:pw@a,b:5433,[::1]:5434/d");
  assertEquals([host, port], ["a", 5432]);
  assertEquals(others, [{ host: "b", port: 5433 }, { host: "::1", port: 5434 }]);
  assertEquals(shown, "postgres://a:5432,b:5433,[::1]:5434/d/");
});

Deno.test("parsePostgresAddress() says why a parameter cannot be used", () => {
  const cases: [parameters: string, why: string][] = [
    ["channel_binding=require", "this client cannot bind a login to TLS"],
    [
      "sslmod=require",
      "parameter sslmod of its address cannot be used: it is not known; known are host, port, ",
    ],
    [
      "sslmode=always",
      "parameter sslmode of its address cannot be used: it must be disable, allow, prefer, ",
    ],
    ["sslrootcert=x", "sslrootcert, sslcert and sslkey need require, verify-ca or verify-full"],
    ["sslmode=require&sslcert=x", "a certificate and its key go together, one is missing"],
    [
      "connect_timeout=soon",
      "parameter connect_timeout of its address cannot be used: it must be a whole number",
    ],
    ["target_session_attrs=prefer-standby", "it must be any, read-write, read-only, primary or standby"],
    ["client_encoding=LATIN1", "it must be UTF8, which all records are in"],
    ["passfile=x", "it is not read: set PGPASSWORD"],
    ["gssencmode=require", "this client has no GSSAPI"],
  ];
  for (const [parameters, why] of cases) {
    assertThrows(() => parsePostgresAddress(`postgres://me@h/d?${parameters}`), SluiceError, why);
  }
});
