/** Passwords in every kind of address, with the characters that end a password for a careless reader. */
import { FakeRedis } from "../../fakes/redis.ts";
import { createClient } from "redis";
import { FakeProxy } from "../../fakes/proxy.ts";
import { ended, inRunAndWatch, pause, type Row } from "../row.ts";
import type { World } from "../world.ts";

/** A password of two words, around a character with a meaning in addresses. Neither word may be printed. */
function password(world: World): string {
  const words = [0, 1].map(() =>
    Array.from({ length: 10 }, () => String.fromCharCode(world.random(97, 122))).join("")
  );
  for (const word of words) world.plant(word);
  return words.join("/@#% ?:&=;,"[world.random(0, 10)]);
}

type Addresses = (password: string) => string[];
const stores: Addresses = (secret) => [`s3://AKIA:${secret}@raw/in/`, `file://u:${secret}@h/x`];
const models: Addresses = (secret) => [`grpc://u:${secret}@127.0.0.1:1`, `grpcs://u:${secret}@127.0.0.1:1`];
const redises: Addresses = (secret) => [
  ...[`redis://:${secret}@127.0.0.1:1`, `rediss://u:${secret}@127.0.0.1:1`],
  ...[`redis+cluster://u:${secret}@127.0.0.1:1,127.0.0.1:2`, `reddis://:${secret}@h`],
];
const tables: Addresses = (secret) => [
  ...[`postgres://u:${secret}@127.0.0.1:1/db`, `postgres://127.0.0.1:1/db?password=${secret}`],
];
const events: Addresses = (
  secret,
) => [`sqs://u:${secret}@127.0.0.1:1/1/q`, `https://u:${secret}@127.0.0.1:1/1/q`];

/** What a command line takes an address for. */
const flags: readonly (readonly [flag: string, addresses: Addresses])[] = [
  ["--from", stores],
  ["--to", (secret) => [...stores(secret), ...tables(secret)]],
  ["--model", models],
  ["--cache", redises],
  ["--modle", models],
];

/** Four commands at once with a password somewhere; none of them can work, since there is no such bucket. */
async function misused(world: World, command: "run" | "watch"): Promise<string[]> {
  const all = command === "watch" ? [...flags, ["--events", events] as const] : flags;
  const results = await Promise.all(Array.from({ length: 4 }, async () => {
    const [flag, addresses] = all[world.random(0, all.length - 1)]!;
    const possible = addresses(password(world));
    const address = possible[world.random(0, possible.length - 1)]!;
    const name = command === "run" && world.random(0, 1) === 0 ? "check" : command;
    const process = world.startCommand(
      ...[
        name,
        "--from",
        "s3://none/in/",
        "--to",
        "s3://none/out/",
        "--model",
        "reference:",
        "--cache",
        "none:",
      ],
      ...[...command === "watch" ? ["--listen", "127.0.0.1:0"] : [], `${flag}=${address}`],
    );
    // A watch waits for what is not there yet: it has some time to say more than its first words.
    let hasEnded = false;
    process.ended.then(() => hasEnded = true);
    while (!hasEnded && process.stderr === "") await pause(50);
    const timer = setTimeout(() => process.kill("SIGTERM"), 4_000);
    const { status, stderr, stdout } = await process.ended;
    clearTimeout(timer);
    if (stderr + stdout === "") return [`nothing is said of ${flag}=${address}`];
    return status === 0 && command !== "watch" ? [`${flag}=${address} was taken`] : [];
  }));
  return results.flat();
}

/** A password for the Redis and for a proxy, percent-encoded where they are named. */
async function addPasswords(world: World): Promise<void> {
  if (!(world.redis instanceof FakeRedis)) {
    const secret = password(world);
    const client = await createClient({ url: world.cache }).connect();
    await client.sendCommand(["CONFIG", "SET", "requirepass", secret]);
    client.destroy();
    world.cache = `redis://:${encodeURIComponent(secret)}@${new URL(world.redis.url).host}`;
  }
  const credentials = `user:${password(world)}`;
  const proxy = await FakeProxy.start({ credentials });
  world.onDispose(() => proxy[Symbol.asyncDispose]());
  const [user, ...rest] = credentials.split(":");
  const { host } = new URL(proxy.url);
  world.environment.HTTP_PROXY = `http://${user}:${encodeURIComponent(rest.join(":"))}@${host}`;
  world.environment.NO_PROXY = "nowhere";
}

export const secretRows: Row[] = inRunAndWatch(
  "secrets: /@#% in the passwords of all addresses",
  async (world, way) => {
    const remarks = await misused(world, way.command);
    world.issue(3);
    await addPasswords(world);
    world.model.options = { delayMs: 50 };
    // What goes wrong is told with addresses in it.
    world.s3.fault({ operation: "GetObject" }, { status: 403, code: "AccessDenied" });
    world.s3.fault({ operation: "PutObject" }, { status: 403, code: "AccessDenied" });
    const { redis } = world;
    let restart: Promise<void> | undefined;
    if (!(redis instanceof FakeRedis)) {
      restart = pause(world.random(1_000, 2_500)).then(() => redis.restart(100));
    }
    const result = await way.process(world, { isDone: () => world.isDelivered() });
    await restart;
    remarks.push(...ended(way, result, 0, 1, 3));
    return result.status === 1 ? [...remarks, ...ended(way, await world.run(), 0, 3)] : remarks;
  },
);
