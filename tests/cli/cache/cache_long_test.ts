import { RedisClusterServers } from "../../fakes/redis_cluster.ts";
import { allCommands } from "./cache_command_scene.ts";

Deno.test("sluice cache: every command, on a real Cluster", async () => {
  const cluster = await RedisClusterServers.start();
  if (typeof cluster === "string") return console.log(`skipped: ${cluster}`);
  await using servers = cluster;
  await allCommands(servers.url, servers.url, 8);
});
