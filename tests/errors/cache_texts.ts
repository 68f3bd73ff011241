import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type CacheConfig, openCache } from "../../lib/caches/open_cache.ts";
import type { BloomCache } from "../../lib/caches/redis/bloom.ts";
import { bloomPath } from "../../lib/caches/redis/bloom_file.ts";
import { FakeRedis, type FakeRedisOptions } from "../fakes/redis.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";

const { signal } = new AbortController();
const tls = (name: string) => Deno.readTextFileSync(new URL(`../testdata/tls/${name}`, import.meta.url));

/** What a cache fails with. */
async function failureOfCache(
  url: string,
  options: Partial<CacheConfig> = {},
  work: "get" | "set" | "check" = "get",
): Promise<string> {
  const cache = await openCache({ url, layout: "strings", ...options }, "n");
  const message = await failureOf(() =>
    work === "get"
      ? cache.get(["a"], signal)
      : work === "set"
      ? cache.set([["a", 1]], signal)
      : cache.check(signal)
  );
  await cache.close();
  return message;
}

/** An address at which no cache can be opened. */
function address(when: string, text: string, url: string): ErrorText {
  return { when, text, provoke: () => failureOf(() => openCache({ url }, "n")) };
}

/** What a Redis fails with. */
function redis(
  when: string,
  text: string,
  work: (url: string, fake: FakeRedis, scene: Scene) => Promise<string>,
  options: FakeRedisOptions = {},
): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      const fake = scene.use(new FakeRedis(options));
      scene.hide(`${fake.port}`, "<PORT>");
      return await work(fake.url, fake, scene);
    },
  };
}

/** What a Bloom filter of a Redis says. */
function bloom(
  when: string,
  text: string,
  prepare: (fake: FakeRedis, path: string, scene: Scene) => void,
): ErrorText {
  return redis(when, text, async (url, fake, scene) => {
    const reported: string[] = [];
    const path = bloomPath(`${scene.folder}/bloom`, url, "n");
    scene.hide(basename(path), "<NAME>.bloom");
    const cache = await openCache({ url, bloom: 0.001 }, "n", {
      bloomFolder: `${scene.folder}/bloom`,
      onTrouble: (message) => reported.push(message),
    }) as BloomCache;
    prepare(fake, path, scene);
    await cache.made();
    await cache.close();
    return reported.join("\n");
  });
}

/** What a SQLite file fails with, after something was done to it. */
function sqlite(
  when: string,
  text: string,
  prepare: (path: string, scene: Scene) => Promise<string | void> | string | void,
): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      const path = `${scene.folder}/cache.db`;
      return await prepare(path, scene) ?? await failureOf(() => openCache({ url: `sqlite:${path}` }, "n"));
    },
  };
}

export const cacheTexts: ErrorTexts = {
  name: "openCache()",
  rows: [
    address(
      "an address of no form, which may hold a password",
      "Cannot open cache reddis://…@cache: it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH, sqlite:PATH, memory: or none:",
      "reddis://:s3cret@cache",
    ),
    address(
      "a Redis at an invalid port",
      "Cannot open cache: its address must be redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]",
      "redis://:s3cret@cache:99999",
    ),
    address(
      "a password that is not percent-encoded",
      "Cannot open cache: user and password in its address must be percent-encoded UTF-8",
      "redis://:s3cret%ZZ@cache",
    ),
    address(
      "a Cluster with an invalid port",
      "Cannot open cache: its address must be redis[s]+cluster://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…]",
      "redis+cluster://:s3cret@one,two:99999",
    ),
    {
      when: "a ttl for a file",
      text:
        "sluice: Cannot open cache sqlite:<DIR>/cache.db: ttl is for Redis only, a file keeps answers forever",
      status: 2,
      provoke: (scene) => scene.run({ "cache": `sqlite:${scene.folder}/cache.db`, "ttl": "90d" }),
    },
    {
      when: "a Bloom filter for a file",
      text:
        "sluice: Cannot open cache sqlite:<DIR>/cache.db: bloom is for redis:// and rediss:// only, here a lookup costs no more than the filter",
      status: 2,
      provoke: (scene) => scene.run({ "cache": `sqlite:${scene.folder}/cache.db`, "bloom": "0.001" }),
    },
    {
      when: "a Bloom filter for a Cluster",
      text:
        "sluice: Cannot open cache redis+cluster://one:6379,two:6379: bloom needs one server, a Cluster has no single journal of all writes",
      status: 2,
      provoke: (scene) => scene.run({ "cache": "redis+cluster://one,two", "bloom": "0.001" }),
    },
    {
      when: "a Bloom filter for strings",
      text:
        "sluice: Cannot open cache redis://cache:6379: bloom needs cacheLayout buckets, as writes to strings are not recorded in a journal",
      status: 2,
      provoke: (scene) =>
        scene.run({ "cache": "redis://:s3cret@cache", "cache-layout": "strings", "bloom": "0.001" }),
    },
    {
      when: "authorities for Redis that are not there",
      text:
        "sluice: Cannot read certificate authorities <DIR>/absent.pem: No such file or directory (os error 2): readfile '<DIR>/absent.pem'",
      status: 2,
      provoke: (scene) => scene.run({ "cache": "rediss://cache", "cache-ca": `${scene.folder}/absent.pem` }),
    },
    {
      when: "authorities for Redis that are no PEM",
      text: "sluice: Cannot use certificate authorities <DIR>/in/a.jsonl: it is not PEM",
      status: 2,
      provoke: (scene) => scene.run({ "cache": "rediss://cache", "cache-ca": `${scene.folder}/in/a.jsonl` }),
    },
  ],
};

export const redisTexts: ErrorTexts = {
  name: "RedisCache",
  rows: [
    redis(
      "a Redis that is not there",
      "Cannot read from redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>\n" +
        "Cannot write to redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>\n" +
        "Cannot connect to redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>",
      async (_, fake) => {
        await fake.stop();
        const url = `redis://127.0.0.1:${fake.port}`;
        return [
          await failureOfCache(url),
          await failureOfCache(url, {}, "set"),
          await failureOfCache(url, {}, "check"),
        ].join("\n");
      },
    ),
    redis(
      "a Redis without the password that it wants",
      "Cannot read from redis://localhost:<PORT>: NOAUTH HELLO must be called with the client already authenticated; the address must hold the password, redis://:PASSWORD@HOST:PORT",
      (url) => failureOfCache(url),
      { password: "p" },
    ),
    redis(
      "a Redis with a wrong password",
      "Cannot read from redis://localhost:<PORT>: WRONGPASS invalid username-password pair or user is disabled",
      (url) => failureOfCache(url.replace("//", "//:s3cret@")),
      {
        password: "p",
      },
    ),
    redis(
      "a Redis without this database",
      "Cannot read from redis://localhost:<PORT>/99: ERR DB index is out of range",
      (url) => failureOfCache(`${url}/99`),
    ),
    redis(
      "a Cluster whose servers are not there",
      "Cannot read from redis+cluster://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>",
      async (_, fake) => {
        await fake.stop();
        return await failureOfCache(`redis+cluster://127.0.0.1:${fake.port}`);
      },
    ),
    redis(
      "a Cluster of which a server died without a replica",
      "Cannot read from redis+cluster://localhost:<PORT>: no server holds slot 5644",
      (url) => failureOfCache(url.replace("redis:", "redis+cluster:")),
      { slots: [0, 0] },
    ),
    redis(
      "a Redis whose certificate is not trusted",
      "Cannot read from rediss://localhost:<PORT>: unable to verify the first certificate; if the certificate of localhost comes from a private authority, name that with --cache-ca PATH",
      (url) => failureOfCache(url),
      {
        tls: { cert: tls("server.pem"), key: tls("server.key") },
      },
    ),
    redis(
      "a Redis that is silent",
      "Cannot read from redis://localhost:<PORT>: no reply within 2.5 s",
      async (url, fake, scene) => {
        const clock = scene.hurry(0);
        const { reached } = fake.stallNext("MGET");
        const read = failureOfCache(url, { timeoutSeconds: 2.5 });
        await reached;
        clock.tick(2_500);
        return await read;
      },
    ),
    redis(
      "a Redis that goes away",
      "Cannot write to redis://localhost:<PORT>: Socket closed unexpectedly",
      (url, fake) => {
        fake.closeNext("MSET");
        return failureOfCache(url, {}, "set");
      },
    ),
    redis(
      "a Redis that takes no scripts",
      "Cannot read from redis://localhost:<PORT>: NOPERM this user has no permissions to run the 'evalsha' command (buckets need EVALSHA and EVAL; --cache-layout strings does without)",
      (url, fake) => {
        fake.failNext("EVALSHA", "NOPERM this user has no permissions to run the 'evalsha' command");
        return failureOfCache(url, { layout: "buckets" });
      },
    ),
    redis(
      "a Redis that is full",
      "Cannot write to redis://localhost:<PORT>: OOM command not allowed when used memory > 'maxmemory'",
      (url, fake) => {
        fake.failNext("MSET", "OOM command not allowed when used memory > 'maxmemory'.");
        return failureOfCache(url, {}, "set");
      },
    ),
  ],
};

export const bloomTexts: ErrorTexts = {
  name: "BloomCache",
  rows: [
    bloom(
      "a Redis that does not let its keys be scanned",
      "Continuing without the Bloom filter: Cannot read from redis://localhost:<PORT>: NOPERM this user has no permissions to run the 'scan' command",
      (fake) => fake.failNext("SCAN", "NOPERM this user has no permissions to run the 'scan' command"),
    ),
    bloom(
      "a folder in the place of a saved Bloom filter",
      "Cannot read the Bloom filter <DIR>/bloom/<NAME>.bloom: EISDIR: illegal operation on a directory, open; making a new one\n" +
        "Cannot keep the Bloom filter in <DIR>/bloom/<NAME>.bloom: EISDIR: illegal operation on a directory, rename '<DIR>/bloom/<NAME>.bloom.<UUID>.sluice-tmp' -> '<DIR>/bloom/<NAME>.bloom'",
      (_, path) => Deno.mkdirSync(path, { recursive: true }),
    ),
  ],
};

export const sqliteTexts: ErrorTexts = {
  name: "SqliteCache",
  rows: [
    sqlite(
      "a SQLite file below a file",
      "Cannot open cache sqlite:<DIR>/cache.db/cache.db: EEXIST: file already exists, mkdir '<DIR>/cache.db'",
      (path, scene) => {
        scene.write("cache.db", "x");
        return failureOf(() => openCache({ url: `sqlite:${path}/cache.db` }, "n"));
      },
    ),
    sqlite(
      "a SQLite file that is a folder",
      "Cannot open cache sqlite:<DIR>: unable to open database file: <DIR>",
      (_, scene) => failureOf(() => openCache({ url: `sqlite:${scene.folder}` }, "n")),
    ),
    sqlite(
      "a file that is not SQLite",
      "Cannot open cache sqlite:<DIR>/cache.db: file is not a database",
      (_, scene) => void scene.write("cache.db", "no database ".repeat(100)),
    ),
    sqlite(
      "another program's file",
      "Cannot open cache sqlite:<DIR>/cache.db: it is another program's database; name a file of its own for the cache",
      (path) => {
        using database = new DatabaseSync(path);
        database.exec("CREATE TABLE t (a)");
      },
    ),
    sqlite(
      "a file of a later format",
      "Cannot open cache sqlite:<DIR>/cache.db: its format is 2, this version of Sluice reads format 1; name another file",
      async (path) => {
        await (await openCache({ url: `sqlite:${path}` }, "n")).close();
        using database = new DatabaseSync(path);
        database.exec("PRAGMA user_version = 2");
      },
    ),
    sqlite(
      "a file that another process writes to for too long",
      "Cannot write to sqlite:<DIR>/cache.db: database is locked",
      async (path) => {
        const cache = await openCache({ url: `sqlite:${path}`, timeoutSeconds: 0.1 }, "n");
        using writer = new DatabaseSync(path);
        writer.exec("BEGIN IMMEDIATE");
        const message = await failureOf(() => cache.set([["a", 1]], signal));
        await cache.close();
        return message;
      },
    ),
    sqlite(
      "a file that is corrupted while it is in use",
      "Cannot read from sqlite:<DIR>/cache.db: no such table: answers\n" +
        "Cannot read from sqlite:<DIR>/cache.db: no such table: answers",
      async (path) => {
        const cache = await openCache({ url: `sqlite:${path}` }, "n");
        {
          using database = new DatabaseSync(path);
          database.exec("DROP TABLE answers");
        }
        const messages = [
          await failureOf(() => cache.get(["a"], signal)),
          await failureOf(() => cache.check(signal)),
        ];
        await cache.close();
        return messages.join("\n");
      },
    ),
  ],
};
