import { CoordinatedKeys } from "../../lib/answers/coordinated_keys.ts";
import { CallScheduler } from "../../lib/answers/call_scheduler.ts";
import { openRedis } from "../../lib/redis/open_redis.ts";
import { RedisClaims } from "../../lib/coordination/redis_claims.ts";
import { FakeFleet } from "../fakes/coordinator.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";

const { signal } = new AbortController();

/** Processes that cannot reach each other, and can again. */
function recovery(
  when: string,
  text: string,
  open: (fleet: FakeFleet, onTrouble: (message: string) => void) => () => Promise<unknown>,
): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      const clock = scene.hurry(0);
      const fleet = new FakeFleet();
      const said: string[] = [];
      const work = open(fleet, (message) => said.push(message));
      fleet.failure = new Error("Cannot reach fake:: it is down");
      await work();
      fleet.failure = undefined;
      clock.tick(10_000);
      await work();
      return said.join("\n");
    },
  };
}

export const oneBillTexts: ErrorTexts = {
  name: "--fleet",
  rows: [
    {
      when: "coordination of processes that share no cache",
      text:
        "sluice: Cannot use fleet with cache none:: processes find each other's answers in a cache that they share",
      status: 2,
      provoke: (scene) => scene.run({ fleet: "redis://127.0.0.1" }),
    },
    {
      when: "coordination of processes that use near titles",
      text: "sluice: Cannot use fleet with cluster: each process knows its own near titles only",
      status: 2,
      provoke: (scene) =>
        scene.run({ fleet: "redis://127.0.0.1", cache: "redis://127.0.0.1", agreement: "0.9" }, {
          env: { SLUICE_CLUSTER: "true" },
        }),
    },
    {
      when: "coordination that is unavailable for the whole run",
      text:
        "Continuing without coordination, so two processes may ask the same question: Cannot claim questions in redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>\n" +
        "Continuing without the shared rate limit, at this process's share of it: Cannot take a turn in redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>",
      status: 0,
      provoke: (scene: Scene) =>
        scene.run({
          "fleet": `redis://127.0.0.1:${scene.unusedPort()}`,
          "cache": `sqlite:${scene.folder}/cache.db`,
          "model-calls-per-second": "1000",
        }),
    },
    {
      when: "claims that are away",
      text: ["claim questions", "look at claims", "renew claims", "release claims"].map((action) =>
        `Cannot ${action} in redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>`
      ).join("\n"),
      async provoke(scene: Scene) {
        const servers = openRedis(`redis://127.0.0.1:${scene.unusedPort()}`, "fleet", { timeoutMs: 1_000 });
        const claims = new RedisClaims({ servers, namespace: "n" });
        const said = [
          await failureOf(() => claims.claim(["a"], signal)),
          await failureOf(() => claims.areHeld(["a"], signal)),
          await failureOf(() => claims.renew(["a"], signal)),
          await failureOf(() => claims.release(["a"], false, signal)),
        ];
        await servers.close();
        return said.join("\n");
      },
    },
    recovery(
      "claims that were away and hold again",
      "Continuing without coordination, so two processes may ask the same question: Cannot reach fake:: it is down\n" +
        "Coordination works again: fake:",
      (fleet, onTrouble) => {
        const keys = new CoordinatedKeys({ claims: fleet.join().claims, onTrouble, signal });
        return async () => {
          await keys.claim(["a"]);
          await keys.areHeld(["a"]);
          keys.release(["a"]);
        };
      },
    ),
    recovery(
      "a rate that was away and holds again",
      "Continuing without the shared rate limit, at this process's share of it: Cannot reach fake:: it is down\n" +
        "The shared rate limit works again: fake:",
      (fleet, onTrouble) => {
        const scheduler = new CallScheduler({
          callsPerSecond: 1e9,
          sharedRate: fleet.join().rate,
          onTrouble,
          signal,
        });
        return () =>
          new Promise<void>((resolve) => {
            scheduler.take(performance.now()); // the last one is used
            scheduler.nextMs(performance.now(), resolve);
          });
      },
    ),
  ],
};
