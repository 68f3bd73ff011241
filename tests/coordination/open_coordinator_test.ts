import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { openCoordinator } from "../../lib/coordination/open_coordinator.ts";
import { FakeRedis } from "../fakes/redis.ts";
import { RedisClusterServers } from "../fakes/redis_cluster.ts";

const options = { namespace: "n", model: "grpc://model:50051", callsPerSecond: 1 };
const { signal } = new AbortController();

Deno.test("openCoordinator() opens claims and turns of one Redis; check() says that it answers", async () => {
  await using redis = new FakeRedis({ password: "s3cret" });
  const fleet = await openCoordinator(redis.url.replace("//", "//:s3cret@"), options);
  assertEquals(await fleet.check(signal), `redis://localhost:${redis.port}, a server answers`);
  assertEquals(await fleet.claims.claim(["a"], signal), ["won"]);
  assertEquals(await fleet.rate.take(signal), { waitMs: 0, processes: 1 });
  assertEquals(redis.connections, 2);
  await fleet.close();
  await assertRejects(
    () => fleet.check(signal),
    Error,
    `Cannot connect to redis://localhost:${redis.port}: `,
  );
});

Deno.test("openCoordinator() takes a Cluster, and refuses what is no Redis", async () => {
  const cluster = await RedisClusterServers.start();
  if (typeof cluster === "string") return console.log(`skipped: ${cluster}`);
  await using servers = cluster;
  const fleet = await openCoordinator(servers.url, options);
  assertEquals(await fleet.check(signal), `${servers.url}, 3 servers answer`);
  await fleet.close();
  await assertRejects(
    () => openCoordinator("sqlite:a.db", options),
    Error,
    "its address must be redis[s]://",
  );
});
