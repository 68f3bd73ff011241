import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert/mod.js";
import { parseRedisAddress } from "../../lib/redis/redis_address.ts";
import { Scene } from "../errors/scene.ts";
import { FakeRedis } from "../fakes/redis.ts";
import { RedisServer } from "../fakes/redis_server.ts";

Deno.test("parseRedisAddress() takes a Unix socket's path, user, password and database", () => {
  const cases: [text: string, shown: string, parts: Record<string, unknown>][] = [
    ["redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock", {
      path: "/run/redis.sock",
      database: 0,
    }],
    ["unix:///run/a%20b.sock?db=3", "redis+unix:///run/a%20b.sock?db=3", {
      path: "/run/a b.sock",
      database: 3,
    }],
    ["redis+unix://:s%2Fe@/r.sock", "redis+unix:///r.sock", {
      path: "/r.sock",
      username: undefined,
      password: "s/e",
    }],
    ["redis+unix://me:s/e@c@/r.sock", "redis+unix:///r.sock", {
      path: "/r.sock",
      username: "me",
      password: "s/e@c",
    }],
  ];
  for (const [text, shown, parts] of cases) {
    const address = parseRedisAddress(text, "cache");
    assertEquals(address.shown, shown);
    for (const [name, value] of Object.entries(parts)) {
      assertEquals([text, name, address[name as "path"]], [text, name, value as string]);
    }
  }
});

Deno.test("parseRedisAddress() refuses other forms of sockets, and quotes nothing", () => {
  for (
    const text of ["unix:", "redis+unix://me:s3cret@", "unix://me:s3cret@/r.sock?db=x", "unix://host/r.sock"]
  ) {
    const { message } = assertThrows(() => parseRedisAddress(text, "cache"), Error);
    assertEquals(
      message,
      "Cannot open cache: its address must be redis+unix://[USER:PASSWORD@]/PATH[?db=DB]",
    );
  }
});

Deno.test("run keeps answers at a Unix socket, and check names what does not listen there", async () => {
  await using scene = await Scene.create();
  const redis = scene.use(new FakeRedis({ socket: `${scene.folder}/r.sock`, password: "s3cret" }));
  const cache = redis.url.replace("//", "//:s3cret@");
  assertEquals(await scene.run({ cache }), { status: 0, text: "" });
  assertEquals(Object.keys(redis.contents()).length > 0, true);
  const said = await scene.check({ cache: `redis+unix://${scene.folder}/absent.sock` });
  assertStringIncludes(
    typeof said === "string" ? said : said.text,
    `Cannot connect to redis+unix://${scene.folder}/absent.sock: `,
  );
  assertStringIncludes(typeof said === "string" ? said : said.text, "; no Redis listens on that socket");
});

const started = await RedisServer.start();
const skipped = typeof started === "string" ? started : undefined;
if (typeof started !== "string") await started[Symbol.asyncDispose]();

Deno.test({
  name: `enqueue and work use a queue, a cache and a fleet at a Unix socket${
    skipped ? ` (not run: ${skipped})` : ""
  }`,
  ignore: skipped !== undefined,
  async fn() {
    await using scene = await Scene.create();
    const redis = await RedisServer.start("--unixsocket", `${scene.folder}/r.sock`);
    if (typeof redis === "string") throw new Error(redis);
    scene.use(redis);
    const url = `redis+unix://${scene.folder}/r.sock`;
    const places = ["--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--model", "reference:"];
    assertEquals(
      (await scene.sluice(["enqueue", ...places, "--queue", url]) as { status: number }).status,
      0,
    );
    const { status, text } = await scene.sluice([
      ...["work", "--model", "reference:", "--queue", url, "--cache", `${url}?db=1`, "--fleet", url],
      ...["--until-empty", "--listen", "127.0.0.1:0", "--ledger", `${scene.folder}/l.db`],
    ]) as { status: number; text: string };
    assertEquals(status, 0, text);
    assertStringIncludes(await Deno.readTextFile(`${scene.folder}/out/a.jsonl`), '"seniority"');
  },
});
