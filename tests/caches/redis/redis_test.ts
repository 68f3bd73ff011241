import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert/mod.js";
import FakeTimers from "@sinonjs/fake-timers";
import { createClient } from "redis";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { openCache } from "../../../lib/caches/open_cache.ts";
import { RedisCache } from "../../../lib/caches/redis/redis.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { RedisServer } from "../../fakes/redis_server.ts";

const { signal } = new AbortController();
/** What the connection does is the same for both layouts, and its commands are easier to distinguish in this one. */
const layout = "strings";

Deno.test("RedisCache survives a string of another type, and says its version, on a real server", async () => {
  await using server = await startServer("--requirepass", "s3cr3t");
  if (server === undefined) return;
  const url = server.url.replace("//", "//:s3cr3t@");
  const client = await createClient({ url, maintNotifications: "disabled" })
    .connect();
  await client.lPush("sluice:1:n:iFsuTwVbLjBXBAHmnanajA", "5");
  await client.close();
  const cache = new RedisCache(url, "n", { layout: "strings" });
  assertEquals(await cache.get(["4:Acmeengineer"], signal), [undefined]);
  assertMatch(await cache.check(signal), /^Redis \d+\.\d+\.\d+, 1 key$/);
  await cache.close();
  const stranger = new RedisCache(server.url, "n");
  const error = await assertRejects(() => stranger.get(["a"], signal), Error);
  assertMatch(
    error.message,
    /^Cannot read from redis:\/\/127\.0\.0\.1:\d+: NOAUTH /,
  );
  await stranger.close();
});

Deno.test("RedisCache stores sluice:1:<namespace>:<hash> with the decimal answer as a string, in the address's database", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(`${redis.url}/3`, "seniority@1/exact", {
    layout,
  });
  await cache.set([["4:Acmeengineer", 3]], signal);
  assertEquals(redis.contents(3), {
    "sluice:1:seniority@1/exact:iFsuTwVbLjBXBAHmnanajA": "3",
  });
  assertEquals(redis.contents(0), {});
  assertEquals(cache.url, `redis://localhost:${redis.port}/3`);
  await cache.close();
});

Deno.test("RedisCache.check() says the version and the number of keys", async () => {
  await using redis = new FakeRedis();
  for (let i = 0; i < 1234; i++) redis.write(`other ${i}`, "1");
  const cache = new RedisCache(redis.url, "n", { layout });
  assertEquals(await cache.check(signal), "Redis 7.0.15, 1,234 keys");
  await cache.close();
});

Deno.test("RedisCache shares one connection between reads and writes at once", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { layout });
  await Promise.all([
    cache.get(["a"], signal),
    cache.set([["b", 1]], signal),
    cache.get(["c"], signal),
  ]);
  assertEquals(redis.connections, 1);
  await cache.close();
});

Deno.test("RedisCache sends user and password, decoded", async () => {
  await using redis = new FakeRedis({ username: "zoë", password: "s3cr:t/@ü" });
  const cache = new RedisCache(
    redis.url.replace("//", "//zo%C3%AB:s3cr%3At%2F%40%C3%BC@"),
    "n",
    { layout },
  );
  await cache.set([["a", 1]], signal);
  assertEquals(cache.url, `redis://localhost:${redis.port}`);
  await cache.close();
});

Deno.test("RedisCache never shows the password, whatever goes wrong", async () => {
  await using redis = new FakeRedis({ password: "another" });
  const cache = new RedisCache(redis.url.replace("//", "//user:s3cr3t@"), "n", {
    layout,
  });
  const wrong = await assertRejects(() => cache.get(["a"], signal), Error);
  assertMatch(
    wrong.message,
    /^Cannot read from redis:\/\/localhost:\d+: WRONGPASS /,
  );
  await redis.stop();
  const errors: unknown[] = [
    wrong,
    await assertRejects(() => cache.set([["a", 1]], signal)),
    await assertRejects(() => cache.check(signal)),
  ];
  await cache.close();
  errors.push(await assertRejects(() => cache.get(["a"], signal)));
  for (
    const url of [
      "redis://user:s3cr3t@host:99999",
      "redis://user:s3cr3t@host/name",
      "redis://user:s3cr3t@",
      "redis://s3cr3t%ZZ:s3cr3t@host",
      "redis:s3cr3t",
    ]
  ) {
    errors.push(
      assertThrows(
        () => new RedisCache(url, "n", { layout }),
        Error,
        "Cannot open cache: ",
      ),
    );
    errors.push(
      await assertRejects(
        () => openCache({ url }, "n"),
        Error,
        "Cannot open cache: ",
      ),
    );
  }
  for (const error of errors) {
    assert(
      !Deno.inspect(error, { depth: 10 }).includes("s3cr3t"),
      Deno.inspect(error),
    );
  }
});

Deno.test("openCache() checks a rediss:// server with ca", async () => {
  const file = (name: string) => new URL(`../../testdata/tls/${name}`, import.meta.url).pathname;
  await using redis = new FakeRedis({
    password: "s3cr3t",
    tls: {
      cert: await Deno.readTextFile(file("server.pem")),
      key: await Deno.readTextFile(file("server.key")),
    },
  });
  const url = redis.url.replace("//", "//:s3cr3t@");
  const cache = await openCache({ url, ca: file("ca.pem") }, "n");
  await cache.set([["a", 1]], signal);
  assertEquals(await cache.get(["a"], signal), [1]);
  assertEquals(cache.url, `rediss://localhost:${redis.port}`);
  await cache.close();
  const distrustful = await openCache({ url }, "n");
  const error = await assertRejects(
    () => distrustful.get(["a"], signal),
    Error,
  );
  assertMatch(
    error.message,
    /^Cannot read from rediss:.*certificate of localhost comes from a private authority, name that with --cache-ca PATH$/,
  );
  await distrustful.close();
});

Deno.test("RedisCache refuses a time-out that is no time", () => {
  for (const timeoutSeconds of [0, -1, NaN]) {
    assertThrows(
      () => new RedisCache("redis://localhost", "n", { timeoutSeconds }),
      SluiceError,
      `Cannot open cache redis://localhost:6379: timeoutSeconds is ${timeoutSeconds}`,
    );
  }
});

Deno.test("openCache() opens a Redis that is down; its reads and writes reject until it is up", async () => {
  using clock = fakeClock();
  await using redis = new FakeRedis();
  await redis.stop();
  const cache = await openCache({ url: redis.url, layout }, "n");
  const read = await assertRejects(() => cache.get(["a"], signal), Error);
  assertMatch(
    read.message,
    /^Cannot read from redis:\/\/localhost:\d+: .*refused/i,
  );
  assert(read.cause instanceof Error);
  const write = await assertRejects(() => cache.set([["a", 1]], signal), Error);
  assertMatch(
    write.message,
    /^Cannot write to redis:\/\/localhost:\d+: .*refused/i,
  );
  await assertRejects(
    () => cache.check(signal),
    Error,
    `Cannot connect to ${cache.url}: `,
  );
  redis.restart();
  clock.tick(100);
  await cache.set([["a", 1]], signal);
  assertEquals(await cache.get(["a"], signal), [1]);
  await cache.close();
});

Deno.test("RedisCache waits between attempts to connect, longer each time up to 10 seconds", async () => {
  using clock = fakeClock();
  await using redis = new FakeRedis({ password: "p" }); // each attempt is a connection that fails
  const cache = new RedisCache(redis.url, "n", { layout });
  const attempts: number[] = [];
  for (let ms = 0; ms < 60_000; ms += 10) {
    const before = redis.connections;
    await assertRejects(() => cache.get(["a"], signal), Error, "NOAUTH");
    if (redis.connections > before) attempts.push(ms);
    clock.tick(10);
  }
  const waits = attempts.slice(1).map((ms, i) => ms - attempts[i]!);
  waits.forEach((wait, i) => {
    const longest = Math.min(100 * 2 ** i, 10_000);
    assert(
      wait >= longest / 2 - 10 && wait <= longest + 10,
      `wait ${i} of ${wait} ms`,
    );
  });
  assert(waits.length >= 10 && waits.length <= 20, `${waits}`);
  await cache.close();
});

Deno.test("RedisCache rejects while the server is gone, and works again when it is back", async () => {
  using clock = fakeClock();
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { layout });
  await cache.set([["a", 1]], signal);
  const { reached } = redis.stallNext("MGET");
  const cut = assertRejects(
    () => cache.get(["a"], signal),
    Error,
    `Cannot read from ${cache.url}: `,
  );
  await reached;
  await redis.stop();
  await cut;
  await assertRejects(
    () => cache.get(["a"], signal),
    Error,
    `Cannot read from ${cache.url}: `,
  );
  await assertRejects(
    () => cache.set([["a", 2]], signal),
    Error,
    `Cannot write to ${cache.url}: `,
  );
  redis.restart();
  clock.tick(1000);
  assertEquals(await cache.get(["a"], signal), [1]);
  await cache.close();
});

Deno.test("RedisCache works again after a real server was killed and came back", async () => {
  using clock = fakeClock();
  let port;
  let cache;
  {
    await using server = await startServer();
    if (server === undefined) return;
    port = server.port;
    cache = new RedisCache(server.url, "n", { layout });
    await cache.set([["a", 1]], signal);
  }
  await assertRejects(
    () => cache.get(["a"], signal),
    Error,
    "Cannot read from ",
  );
  await using server = await startServer("--port", `${port}`);
  assertNotEquals(server, undefined);
  clock.tick(1000);
  assertEquals(await cache.get(["a"], signal), [undefined]);
  await cache.set([["a", 2]], signal);
  assertEquals(await cache.get(["a"], signal), [2]);
  await cache.close();
});

Deno.test("RedisCache.get() asks once more when the connection is lost, at once", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { layout });
  await cache.set([["a", 1]], signal);
  redis.closeNext("MGET");
  assertEquals(await cache.get(["a"], signal), [1]);
  assertEquals([redis.count("MGET"), redis.connections], [2, 2]);
  redis.closeNext("MGET");
  redis.closeNext("MGET");
  await assertRejects(
    () => cache.get(["a"], signal),
    Error,
    `Cannot read from ${cache.url}: `,
  );
  assertEquals(redis.count("MGET"), 4);
  await cache.close();
});

Deno.test("RedisCache.set() does not write twice when the connection is lost", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { layout });
  redis.closeNext("MSET");
  await assertRejects(
    () => cache.set([["a", 1]], signal),
    Error,
    `Cannot write to ${cache.url}: `,
  );
  assertEquals(redis.count("MSET"), 1);
  await cache.set([["a", 1]], signal);
  await cache.close();
});

Deno.test("RedisCache hands on the server's error, and keeps the connection", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { layout });
  redis.failNext(
    "MSET",
    "OOM command not allowed when used memory > 'maxmemory'",
  );
  redis.failNext("MGET", "LOADING Redis is loading the dataset in memory");
  await assertRejects(
    () => cache.set([["a", 1]], signal),
    Error,
    `Cannot write to ${cache.url}: OOM command not allowed when used memory > 'maxmemory'`,
  );
  await assertRejects(
    () => cache.get(["a"], signal),
    Error,
    `Cannot read from ${cache.url}: LOADING `,
  );
  assertEquals(await cache.get(["a"], signal), [undefined]);
  assertEquals(redis.connections, 1);
  await cache.close();
});

Deno.test("RedisCache gives up a command that gets no reply within the time-out, and reconnects", async () => {
  using clock = fakeClock();
  await using redis = new FakeRedis();
  const cache = await openCache(
    { url: redis.url, timeoutSeconds: 2.5, layout },
    "n",
  );
  await cache.set([["a", 1]], signal);
  const read = redis.stallNext("MGET");
  const noAnswer = assertRejects(
    () => cache.get(["a"], signal),
    Error,
    `Cannot read from ${cache.url}: no reply within 2.5 s`,
  );
  await read.reached;
  clock.tick(2500);
  await noAnswer;
  assertEquals(await cache.get(["a"], signal), [1]);
  const write = redis.stallNext("MSET");
  const unsure = assertRejects(
    () => cache.set([["a", 2]], signal),
    Error,
    `Cannot write to ${cache.url}: no reply within 2.5 s`,
  );
  await write.reached;
  clock.tick(2500);
  await unsure;
  assertEquals(redis.connections, 2);
  await cache.close();
});

Deno.test("RedisCache gives up a server that takes the connection and is silent", async () => {
  using clock = fakeClock();
  await using redis = new FakeRedis();
  const { reached } = redis.stallNext("HELLO");
  const cache = new RedisCache(redis.url, "n", { layout });
  const noAnswer = assertRejects(
    () => cache.get(["a"], signal),
    Error,
    `Cannot read from ${cache.url}: no reply within 5 s`,
  );
  await reached;
  clock.tick(5000);
  await noAnswer;
  await cache.close();
});

Deno.test("RedisCache.get() rejects with the signal's reason while it waits, and keeps the connection", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { layout });
  await cache.set([["a", 1]], signal);
  const stall = redis.stallNext("MGET");
  const controller = new AbortController();
  const read = cache.get(["a"], controller.signal);
  await stall.reached;
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => read), reason);
  stall.release();
  assertEquals(await cache.get(["a"], signal), [1]);
  assertEquals(redis.connections, 1);
  await cache.close();
});

Deno.test("RedisCache.close() waits for a write under way, and ends a read", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { layout });
  const stall = redis.stallNext("MSET");
  const write = cache.set([["a", 1]], signal);
  await stall.reached;
  const read = assertRejects(
    () => cache.get(["a"], signal),
    Error,
    "the connection is closed",
  );
  const closed = cache.close();
  stall.release();
  await Promise.all([write, closed]);
  await read;
});

Deno.test("RedisCache.close() before the first command, and while it connects, leaves nothing open", async () => {
  await using redis = new FakeRedis();
  await new RedisCache(redis.url, "n", { layout }).close();
  assertEquals(redis.connections, 0);
  await using silent = new FakeRedis();
  silent.stallNext("HELLO"); // a client that kept connecting would wait for it
  const cache = new RedisCache(silent.url, "n", { layout });
  const read = assertRejects(
    () => cache.get(["a"], signal),
    Error,
    "the connection is closed",
  );
  await cache.close();
  await read;
  const stalled = new RedisCache(redis.url, "n", { layout });
  const { reached } = redis.stallNext("HELLO");
  const cut = assertRejects(
    () => stalled.get(["a"], signal),
    Error,
    "the connection is closed",
  );
  await reached;
  await stalled.close();
  await cut;
  await assertRejects(
    () => stalled.get(["a"], signal),
    Error,
    "the connection is closed",
  );
});

/** Stops the clocks that attempts to connect and time-outs go by. */
function fakeClock(): Disposable & { tick(ms: number): void } {
  const clock = FakeTimers.install({
    toFake: ["performance", "setTimeout", "clearTimeout"],
  });
  return {
    tick: (ms) => void clock.tick(ms),
    [Symbol.dispose]: () => clock.uninstall(),
  };
}

async function startServer(
  ...args: string[]
): Promise<RedisServer | undefined> {
  const server = await RedisServer.start(...args);
  if (server instanceof RedisServer) return server;
  console.log(`skipped: ${server}`);
}
