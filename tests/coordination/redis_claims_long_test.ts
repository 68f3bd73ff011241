import { assert, assertEquals } from "@std/assert/mod.js";
import { RedisClusterServers } from "../fakes/redis_cluster.ts";
import { claimsConformance } from "./claims_conformance.ts";
import { claimsIn, signal } from "./redis_claims_scene.ts";

Deno.test("RedisClaims meet the list of all claims, on a real Cluster; a server that dies takes its own with it", async (t) => {
  const cluster = await RedisClusterServers.start();
  if (typeof cluster === "string") return console.log(`skipped: ${cluster}`);
  await using servers = cluster;
  await using claims = claimsIn(servers.url);
  await claimsConformance(t, claims);
  const [one, two] = [claims.join(), claims.join()];
  const keys = Array.from({ length: 300 }, (_, i) => `key ${i}`);
  await one.claim(keys, signal);
  await servers.kill(2);
  await one.renew(keys, signal);
  const holdings = await two.claim(keys, signal);
  const won = holdings.filter((holding) => holding === "won").length;
  assert(won > 60 && won < 140, `${won} of ${keys.length} won`);
  assertEquals((await two.areHeld(keys, signal)).filter((isHeld) => isHeld).length, keys.length - won);
  await two.release(keys, false, signal);
});
