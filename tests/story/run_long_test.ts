import { RedisServer } from "../fakes/redis_server.ts";
import { story } from "./run_story.ts";

Deno.test("sluice run: the same with a real Redis", async () => {
  const server = await RedisServer.start();
  if (typeof server === "string") return console.log(`skipped: ${server}`);
  await using redis = server;
  await story(redis.url);
});
