import { RedisClusterServers } from "../fakes/redis_cluster.ts";
import { spacesTurns } from "./redis_rate_scene.ts";

Deno.test("RedisRate spaces the turns of all processes evenly, on a real Cluster", async () => {
  const cluster = await RedisClusterServers.start();
  if (typeof cluster === "string") return console.log(`skipped: ${cluster}`);
  await using servers = cluster;
  await spacesTurns(servers.url);
});
