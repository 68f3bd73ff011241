import { assert, assertEquals, assertThrows } from "@std/assert/mod.js";
import { parsePostgresAddress } from "../../../lib/sinks/postgres/postgres_address.ts";

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
      "postgres://me:s3cret@h/d?sslmode=prefer",
      "postgres://me:s3cret@h/d?sslrootcert=x",
      "postgres://me:s3cret@h/d?host=other",
      "postgres://me:s3cret%@h/d",
      "postgres://me:s3cret@h:x/d",
    ]
  ) {
    const { message } = assertThrows(() => parsePostgresAddress(url), Error, "Cannot open a database: ");
    assert(!message.includes("s3cret"));
  }
});
