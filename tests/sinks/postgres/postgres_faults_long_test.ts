import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert/mod.js";
import { fileURLToPath } from "node:url";
import { openSink } from "../../../lib/sinks/open_sink.ts";
import { PostgresSink } from "../../../lib/sinks/postgres/postgres_sink.ts";
import { PostgresServer, type PostgresServerOptions } from "../../fakes/postgres_server.ts";
import type { Sink } from "../../../lib/sinks/sink.ts";
import { until } from "../../until.ts";
import { batchOf, send, unitOf, writeOutput as put } from "../write_output.ts";

const { signal } = new AbortController();
const found = await PostgresServer.find();

async function listed(sink: Sink) {
  return (await Array.fromAsync(sink.list(signal))).flat();
}

const lines = (count: number, text = "x") =>
  Array.from({ length: count }, (_, n) => `${JSON.stringify({ n, text })}\n`).join("");

function test(
  behaviour: string,
  run: (server: PostgresServer) => Promise<void>,
  options: PostgresServerOptions & { readonly missing?: string } = {},
) {
  const skipped = found ?? options.missing;
  Deno.test({
    name: `PostgresSink ${behaviour}${skipped === undefined ? "" : ` (not run: ${skipped})`}`,
    ignore: skipped !== undefined,
    async fn() {
      const server = await PostgresServer.start(options);
      if (typeof server === "string") throw new Error(server);
      await using _ended = server;
      await run(server);
    },
  });
}

test("loses and doubles nothing when the server is killed between two parts", async (server) => {
  const store = new PostgresSink(server.url());
  await put(store, "a", lines(10));
  const unit = unitOf("b");
  const output = store.begin(unit);
  const idle = "select count(*) from pg_stat_activity where state = 'idle in transaction'";
  await send(output, ...Array.from({ length: 100 }, () => batchOf(lines(10, "x".repeat(10_000)))));
  await until(async () => await server.sql("postgres", idle) !== "0");
  await server.kill();
  await assertRejects(() => output.commit(unit.mark), Error, "b: ");
  await output.abort(undefined);
  await assertRejects(() => put(store, "c", lines(10)), Error, "ECONNREFUSED");
  await server.restart();
  assertEquals((await listed(store)).map(({ name }) => name), ["a"]);
  await put(store, "b", lines(2_000));
  assertEquals(
    await server.sql("postgres", "select sluice_object, count(*) from records group by 1 order by 1"),
    "a|10\nb|2000",
  );
  await store.close();
});

/** Root alone can make a disk that is small enough. */
const noSmallDisk = Deno.uid() === 0 && await canMount() ? undefined : "not root, or may not mount a tmpfs";

async function mount(...args: string[]): Promise<boolean> {
  return (await new Deno.Command("mount", { args, stderr: "null" }).output()).success;
}

async function canMount(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  const isMounted = await mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
  if (isMounted) await new Deno.Command("umount", { args: [folder] }).output();
  await Deno.remove(folder);
  return isMounted;
}

test("fails an object that the disk has no room for, and takes it when there is some", async (server) => {
  const folder = `${server.folder}/tiny`;
  await Deno.mkdir(folder);
  assert(await mount("-t", "tmpfs", "-o", "size=14m", "tmpfs", folder));
  try {
    await new Deno.Command("chown", { args: ["postgres", folder] }).output();
    await server.sql("postgres", `create tablespace tiny location '${folder}'`);
    const database = await server.createDatabase("tablespace tiny");
    const store = new PostgresSink(server.url(database));
    await put(store, "a", lines(10));
    const large = lines(50_000, "x".repeat(200));
    const error = await assertRejects(() => put(store, "b", large), Error);
    assertMatch(error.message, /records\/b: could not (?:extend|write|create) .*: No space left on device/);
    const rows = () =>
      server.sql(database, "select sluice_object, count(*) from records group by 1 order by 1");
    assertEquals(await rows(), "a|10");
    assert(await mount("-o", "remount,size=200m", folder));
    await put(store, "b", large);
    assertEquals(await rows(), "a|10\nb|50000");
    await store.close();
  } finally {
    await server.kill();
    await new Deno.Command("umount", { args: ["-l", folder] }).output();
  }
}, { missing: noSmallDisk });

test("checks the server's certificate", async (server) => {
  const url = `${server.url()}?sslmode=require`;
  const ca = fileURLToPath(new URL("../../testdata/tls/ca.pem", import.meta.url));
  const trusting = await openSink(url, { postgres: { ca } });
  await put(trusting, "a", lines(10));
  assertEquals((await listed(trusting)).length, 1);
  await trusting.close();
  const other = new PostgresSink(url);
  const error = await assertRejects(() => listed(other), Error);
  assertMatch(
    error.message,
    /^Cannot list postgres:.*: .*; if the certificate of 127.0.0.1 comes from a private authority, name that with --postgres-ca PATH$/,
  );
  await other.close();
}, { tls: true });

test("says that the server does not speak TLS", async (server) => {
  const store = new PostgresSink(`${server.url()}?sslmode=require`);
  await assertRejects(() => listed(store), Error, "127.0.0.1 does not speak TLS, which sslmode asks for");
  await store.close();
});

test("reports a server that does not answer", async (server) => {
  const store = new PostgresSink(server.url(), { timeoutSeconds: 0.5 });
  await put(store, "a", lines(10));
  const pid = Number(
    await server.sql("postgres", "select pid from pg_stat_activity where application_name = 'sluice'"),
  );
  Deno.kill(pid, "SIGSTOP");
  try {
    await assertRejects(() => listed(store), Error, "no answer in 0.5 s");
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
  assertEquals((await listed(store)).length, 1);
  await store.close();
});

test("reaches a server by its Unix socket", async (server) => {
  const store = new PostgresSink(
    `postgres://sluice@localhost:${server.port}/postgres?host=${encodeURIComponent(server.folder)}`,
  );
  await put(store, "a", lines(10));
  assertEquals((await listed(store)).length, 1);
  await store.close();
});
