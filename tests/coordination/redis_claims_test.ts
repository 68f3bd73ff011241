import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { openRedis } from "../../lib/redis/open_redis.ts";
import { FakeFleet } from "../fakes/coordinator.ts";
import { FakeRedis } from "../fakes/redis.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { claimsConformance } from "./claims_conformance.ts";
import { claimsIn, heldMs, signal } from "./redis_claims_scene.ts";

Deno.test("FakeFleet meets the list of all claims", async (t) => {
  const clock = install({ toFake: ["performance"] });
  try {
    const fleet = new FakeFleet({ heldMs });
    await claimsConformance(t, {
      join: () => fleet.join().claims,
      lapse: async () => void await clock.tickAsync(heldMs + 1),
    });
  } finally {
    clock.uninstall();
  }
});

Deno.test("RedisClaims meet the list of all claims, on the fake", async (t) => {
  await using redis = new FakeRedis();
  await using claims = claimsIn(redis.url);
  await claimsConformance(t, claims);
});

Deno.test("RedisClaims meet the list of all claims, on a real server", async (t) => {
  await using server = await startServer();
  if (server === undefined) return;
  await using claims = claimsIn(server.url);
  await claimsConformance(t, claims);
});

Deno.test("RedisClaims lie on a server under short names, and leave nothing behind", async () => {
  await using redis = new FakeRedis();
  await using claims = claimsIn(redis.url);
  const one = claims.join();
  await one.claim(["4:Acmeengineer"], signal);
  const [life, claim] = Object.entries(redis.contents()) as [string, string][];
  assertMatch(life![0], /^sluice:holder:[0-9a-f]{16}$/);
  assertEquals(claim, ["sluice:claim:n:{22}iFsuTwVbLjA", life![0].slice("sluice:holder:".length)]);
  assert(redis.expiresAt(life![0])! <= Date.now() + heldMs);
  assert(redis.expiresAt(claim![0])! <= Date.now() + 3_600_000);
  await one.release(["4:Acmeengineer"], false, signal);
  assertEquals(Object.keys(redis.contents()), [life![0]]);
});

Deno.test("RedisClaims renew one key for all, and all of them when the server has forgotten that one", async () => {
  await using redis = new FakeRedis();
  await using claims = claimsIn(redis.url);
  const [one, two] = [claims.join(), claims.join()];
  const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`);
  await one.claim(keys, signal);
  redis.commands.length = 0;
  await one.renew(keys, signal);
  assertEquals(redis.commands.map(([name]) => name), ["PEXPIRE"]);
  redis.commands.length = 0;
  const client = openRedis(redis.url, "fleet", { timeoutMs: 1_000 });
  await client.run("clear", 0, signal, (route) => route.to("", (client) => client.flushAll()));
  await client.close();
  await one.renew(keys, signal);
  assertEquals(new Set(await two.claim(keys, signal)), new Set(["held"]));
});

Deno.test("RedisClaims say what they could not do, and where", async () => {
  await using redis = new FakeRedis();
  await using claims = claimsIn(redis.url);
  const one = claims.join();
  redis.failNext("EVALSHA", "NOPERM this user has no permissions to run the 'evalsha' command");
  await assertRejects(
    () => one.claim(["a"], signal),
    Error,
    `Cannot claim questions in ${redis.url}: NOPERM this user ` +
      `has no permissions to run the 'evalsha' command (--fleet needs EVALSHA and EVAL)`,
  );
  await redis.stop();
  for (
    const [action, work] of [
      ["claim questions in", () => one.claim(["a"], signal)],
      ["look at claims in", () => one.areHeld(["a"], signal)],
      ["renew claims in", () => one.renew(["a"], signal)],
      ["release claims in", () => one.release(["a"], false, signal)],
    ] as const
  ) await assertRejects(work, Error, `Cannot ${action} redis://localhost:`);
});

async function startServer(): Promise<RedisServer | undefined> {
  const server = await RedisServer.start();
  if (server instanceof RedisServer) return server;
  console.log(`skipped: ${server}`);
}
