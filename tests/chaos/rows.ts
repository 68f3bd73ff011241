import { createClient } from "redis";
import { faults } from "../fakes/model.ts";
import { FakeRedis } from "../fakes/redis.ts";
import type { FakeAnswer, S3Operation } from "../fakes/s3_fault.ts";
import { keyHash } from "../../lib/caches/key_hash.ts";
import { encodeKey } from "../../lib/key.ts";
import { secrets, type World } from "./world.ts";

/** A fault: does its harm to a run, and sees to it that work is brought to its end. */
export interface Row {
  readonly fault: string;
  /** Resolves to what was wrong beside the output, nothing when all was well. */
  run(world: World): Promise<string[]>;
}

interface RowOptions {
  /** Objects of several parts among the six. */
  readonly large?: number;
  /** Calls fail, so that the model hears some questions more than once. */
  readonly asksAgain?: boolean;
  readonly args?: readonly string[];
}

/** A row in which one run must end well in spite of the fault. */
function survived(fault: string, harm: (world: World) => void, options: RowOptions = {}): Row {
  const { args = [], asksAgain = false, large = 0 } = options;
  return {
    fault,
    async run(world) {
      world.issue(6, { large });
      harm(world);
      const { status, stderr } = await world.run(...args);
      if (status !== 3) return [`the run ended with ${status}: ${stderr.slice(-300)}`];
      return asksAgain ? [] : questionsAskedOnce(world);
    },
  };
}

/** A row in which a run may leave objects undone, but says so; a later run takes them up. */
function takenUpAgain(fault: string, harm: (world: World) => void | Promise<void>, ...args: string[]): Row {
  return {
    fault,
    async run(world) {
      world.issue(6);
      await harm(world);
      const { status } = await world.run(...args);
      const remarks = status === 1 || status === 3 ? [] : [`the run ended with ${status}`];
      if (await world.runUntilDone() === Infinity) remarks.push("five more runs did not finish");
      return remarks;
    },
  };
}

function questionsAskedOnce(world: World): string[] {
  const { keysAskedTwice } = world.model.stats();
  return keysAskedTwice === 0 ? [] : [`${keysAskedTwice} keys were asked twice`];
}

/** Makes some requests of an operation fail, at random. */
function sometimes(
  world: World,
  operation: S3Operation,
  action: Parameters<World["s3"]["fault"]>[1],
  times = 6,
) {
  world.s3.fault((request) => request.operation === operation && world.random(0, 2) > 0, action, { times });
}

/** The cache's keys at this moment. */
async function cachedHashes(world: World): Promise<Set<string>> {
  if (world.redis instanceof FakeRedis) {
    return new Set(Object.keys(world.redis.contents()).map((key) => key.split(":").at(-1)!));
  }
  const client = await createClient({ url: world.cache }).connect();
  const keys = await client.keys("*");
  client.destroy();
  return new Set(keys.map((key) => key.split(":").at(-1)!));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const process: Row[] = [
  {
    fault: "kill -9 at random moments",
    async run(world) {
      world.issue(20, { large: 2 });
      world.model.options = { delayMs: 20 };
      const remarks: string[] = [];
      let inFlightAtKills = 0;
      for (let kill = 0; kill < 4; kill++) {
        const calls = world.model.calls.length;
        const run = world.start();
        await pause(world.random(300, 1_800));
        run.kill("SIGKILL");
        await run.ended;
        await pause(100); // what the dead process had sent arrives
        const cached = await cachedHashes(world);
        const asked = world.model.calls.slice(calls).flatMap(({ questions }) => questions);
        inFlightAtKills += asked.filter(({ company, title }) => !cached.has(hashOf(company, title))).length;
        const before = world.model.calls.length;
        if (kill === 3 && await world.runUntilDone() === Infinity) {
          remarks.push("five more runs did not finish");
        }
        const again = world.model.calls.slice(before).flatMap(({ questions }) => questions)
          .filter(({ company, title }) => cached.has(hashOf(company, title))).length;
        if (again > 0) remarks.push(`${again} questions were asked again that had reached the cache`);
      }
      const { questions } = world.model.stats();
      if (questions > world.keys + inFlightAtKills) {
        remarks.push(
          `${questions} questions for ${world.keys} keys and ${inFlightAtKills} in flight at kills`,
        );
      }
      // What a killed process leaves half sent is not ours to remove before --abandon-after.
      await removeUnfinishedUploads(world);
      return remarks;
    },
  },
  ...(["SIGTERM", "SIGINT"] as const).map((signal): Row => ({
    fault: `${signal} at a random moment`,
    async run(world) {
      world.issue(12, { large: 1 });
      world.model.options = { delayMs: 30 };
      const run = world.start("--grace", "300ms");
      await pause(world.random(300, 1_500));
      run.kill(signal);
      const { status } = await run.ended;
      const remarks = [3, signal === "SIGTERM" ? 143 : 130].includes(status)
        ? []
        : [`it ended with ${status}`];
      const left = world.s3.unfinishedUploads().length;
      if (left > 0) remarks.push(`${left} unfinished uploads`);
      if (await world.runUntilDone() === Infinity) remarks.push("five more runs did not finish");
      return remarks;
    },
  })),
  {
    fault: "two runs at once",
    async run(world) {
      world.issue(12, { large: 1 });
      const results = await Promise.all([world.run(), world.run()]);
      return results.flatMap(({ status, stderr }) =>
        status === 3 || status === 0 ? [] : [`one ended with ${status}: ${stderr.slice(-300)}`]
      );
    },
  },
];

function hashOf(company: string, title: string): string {
  return keyHash(encodeKey(company, title)).toBase64({ alphabet: "base64url", omitPadding: true });
}

async function removeUnfinishedUploads(world: World): Promise<void> {
  for (const { bucket, key, uploadId } of world.s3.unfinishedUploads()) {
    await (await fetch(`${world.s3.endpoint}/${bucket}/${encodeURIComponent(key)}?uploadId=${uploadId}`, {
      method: "DELETE",
      headers: { authorization: "AWS4-HMAC-SHA256" },
    })).body?.cancel();
  }
}

const source: Row[] = [
  survived("source: connection reset at random offsets", (world) => {
    sometimes(world, "GetObject", { cutAfterBytes: world.random(0, 40_000) }, 20);
  }),
  survived("source: stalls", (world) => {
    sometimes(world, "GetObject", async (_, proceed) => {
      const { body, ...answer } = await proceed();
      return { ...answer, body: stalling(body!) };
    }, 2);
  }),
  survived(
    "source: 503 SlowDown",
    (world) => sometimes(world, "GetObject", { status: 503, code: "SlowDown" }, 4),
  ),
  survived(
    "source: listing fails at times",
    (world) => sometimes(world, "ListObjectsV2", { status: 500, code: "InternalError" }, 3),
  ),
  takenUpAgain(
    "source: 403",
    (world) => sometimes(world, "GetObject", { status: 403, code: "AccessDenied" }),
  ),
  takenUpAgain(
    "source: expired credentials",
    (world) => sometimes(world, "GetObject", { status: 400, code: "ExpiredToken" }),
  ),
  {
    fault: "source: an object gone after listing",
    async run(world) {
      world.issue(6);
      const gone = world.names[2]!;
      world.s3.fault({ operation: "GetObject", key: `in/${gone}` }, (_, proceed) => {
        world.s3.delete("raw", `in/${gone}`);
        return proceed();
      });
      const { status } = await world.run();
      world.forget(gone);
      return status === 3 ? [] : [`it ended with ${status}`];
    },
  },
  takenUpAgain("source: corrupt gzip at first", (world) => {
    const name = world.names.find((name) => name.endsWith(".gz"))!;
    world.s3.fault({ operation: "GetObject", key: `in/${name}` }, async (_, proceed) => {
      const { body, ...answer } = await proceed();
      const bytes = new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
      bytes[bytes.length >> 1]! ^= 0x55;
      return { ...answer, body: bytes };
    });
  }),
];

/** The first bytes of a body, and then nothing for longer than a run waits. */
async function* stalling(body: NonNullable<FakeAnswer["body"]>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    yield chunk.subarray(0, 1_000);
    break;
  }
  await pause(1_500);
  throw new Error("stalled");
}

const destination: Row[] = [
  survived("destination: parts fail at times", (world) => {
    sometimes(world, "UploadPart", { status: 500, code: "InternalError" }, 4);
  }, { large: 2 }),
  survived(
    "destination: puts fail at times",
    (world) => sometimes(world, "PutObject", { status: 500, code: "InternalError" }, 4),
  ),
  survived("destination: a put's answer is lost", (world) => sometimes(world, "PutObject", "lost", 4)),
  survived(
    "destination: 409 at times",
    (world) => sometimes(world, "PutObject", { status: 409, code: "ConditionalRequestConflict" }, 3),
  ),
  ...([
    ["Complete's answer is lost", "lost"],
    ["Complete answers 200 with an error", { errorIn200: "InternalError" }],
    ["Complete says NoSuchUpload", { status: 404, code: "NoSuchUpload" }],
  ] as const).map(([name, action]): Row => ({
    fault: `destination: ${name}`,
    async run(world) {
      world.issue(4, { large: 2 });
      world.s3.fault({ operation: "CompleteMultipartUpload" }, action, { times: 2 });
      const { status, stderr } = await world.run();
      await removeUnfinishedUploads(world);
      return status === 3 ? [] : [`it ended with ${status}: ${stderr.slice(-300)}`];
    },
  })),
  takenUpAgain(
    "destination: 403",
    (world) => sometimes(world, "PutObject", { status: 403, code: "AccessDenied" }, 3),
  ),
];

const cache: Row[] = [
  {
    fault: "cache: refused at start",
    async run(world) {
      world.issue(6);
      world.cache = `redis://:${secrets[2]}@127.0.0.1:1`;
      const { status, stderr } = await world.run();
      if (status !== 3) return [`it ended with ${status}`];
      return stderr.includes("Going on without the cache")
        ? questionsAskedOnce(world)
        : ["it did not say so"];
    },
  },
  {
    fault: "cache: wrong password",
    async run(world) {
      world.issue(6);
      world.cache = world.cache.replace(secrets[2]!, "SECRETREDISzq83x");
      const { status } = await world.run();
      return status === 3 ? questionsAskedOnce(world) : [`it ended with ${status}`];
    },
  },
  {
    fault: "cache: killed and restarted in the middle",
    async run(world) {
      world.issue(10);
      world.model.options = { delayMs: 30 };
      await using redis = new FakeRedis({ password: secrets[2] });
      world.cache = redis.url.replace("redis://", `redis://:${secrets[2]}@`);
      const run = world.start();
      await pause(world.random(300, 900));
      await redis.stop();
      await pause(world.random(50, 500));
      redis.restart();
      const { status, stderr } = await run.ended;
      return status === 3 ? [] : [`it ended with ${status}: ${stderr.slice(-300)}`];
    },
  },
  {
    fault: "cache: out of memory (noeviction)",
    async run(world) {
      world.issue(6);
      if (world.redis instanceof FakeRedis) return [];
      const client = await createClient({ url: world.cache }).connect();
      await client.configSet("maxmemory", "1");
      client.destroy();
      const { status } = await world.run();
      return status === 3 ? questionsAskedOnce(world) : [`it ended with ${status}`];
    },
  },
  {
    fault: "cache: values that are not answers",
    async run(world) {
      world.issue(3);
      await world.run();
      const client = await createClient({ url: world.cache }).connect();
      const keys = (await client.keys("*")).slice(0, 40);
      for (const [i, key] of keys.entries()) await client.set(key, ["0", "8", "x", "-1", "3.5"][i % 5]!);
      client.destroy();
      const before = world.model.stats().questions;
      const { status } = await world.run("--force");
      const again = world.model.stats().questions - before;
      if (status !== 3) return [`it ended with ${status}`];
      return again === keys.length
        ? []
        : [`${again} questions were asked again for ${keys.length} bad values`];
    },
  },
];

const model: Row[] = [
  survived("model: 30 % UNAVAILABLE", (world) => {
    world.model.options = { fail: () => world.random(1, 10) <= 3 ? { code: "UNAVAILABLE" } : undefined };
  }, { asksAgain: true }),
  survived("model: RESOURCE_EXHAUSTED at times", (world) => {
    world.model.options = {
      fail: () => world.random(1, 10) <= 3 ? { code: "RESOURCE_EXHAUSTED" } : undefined,
    };
  }, { asksAgain: true }),
  survived("model: hangs once (deadline)", (world) => {
    world.model.options = { fail: ({ number }) => number === 2 ? "hang" : undefined };
  }, { asksAgain: true }),
  survived(
    "model: GOAWAY, ten times over",
    (world) => {
      world.model.options = { delayMs: 15 };
      let times = 0;
      const timer = setInterval(() => {
        if (++times > 10) clearInterval(timer);
        else if (world.model.calls.length > 0) world.model.goAway(50);
      }, 60);
    },
    { args: ["--max-call-questions", "50"] },
  ),
  ...Object.entries(faults).filter(([name]) => name !== "swapped").map(([name, fault]) =>
    survived(`model: answers ${name}`, (world) => {
      world.model.options = { fault: ({ number }) => number % 3 === 1 ? fault : undefined };
    }, { asksAgain: true })
  ),
  {
    fault: "model: refuses one question",
    async run(world) {
      world.issue(6);
      const [company, title] = ["a", "bc"];
      world.model.options = { refuse: (key) => key.company === company && key.title === title };
      const { status } = await world.run();
      world.refuse(company, title);
      return status === 3 ? [] : [`it ended with ${status}`];
    },
  },
  {
    fault: "model: refuses its callers for good",
    async run(world) {
      world.issue(6);
      world.model.options = { fail: () => ({ code: "UNAUTHENTICATED" }) };
      const { status } = await world.run();
      const remarks = status === 1 ? [] : [`it ended with ${status}`];
      if (world.model.calls.length > 8) remarks.push(`${world.model.calls.length} calls`);
      world.model.options = {};
      if (await world.runUntilDone() === Infinity) remarks.push("five more runs did not finish");
      return remarks;
    },
  },
];

/** The fault table, in the order in which it is printed. */
export const rows: readonly Row[] = [...process, ...source, ...destination, ...cache, ...model];
