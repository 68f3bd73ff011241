import type { BullQueue } from "../../lib/queue/bull_queue.ts";
import { verifyQueueServer } from "../../lib/queue/queue_server.ts";
import { JobQueue } from "../../lib/queue/job_queue.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { job, missing, place } from "../queue/queue_scene.ts";
import { type ErrorText, type ErrorTexts, failureOf, type Said } from "./error_text.ts";
import { queueText } from "./queue_text.ts";
import type { Scene } from "./scene.ts";
import { rawSource } from "../watch/object_queue_conformance.ts";

const { signal } = new AbortController();
const fromS3 = ["--from", "s3://raw/in/", "--to", "s3://mod/out/"];

/** What a server says that a queue is to live in. */
function server(when: string, text: string, info: string): ErrorText {
  const client = { info: () => Promise.resolve(info) };
  return { when, text, provoke: () => failureOf(() => verifyQueueServer(client, "redis://queue:6379")) };
}

/** The refusal of a job that is claimed. */
function claimed(
  when: string,
  text: string,
  data: unknown,
  work: (queue: BullQueue, message: Awaited<ReturnType<BullQueue["claim"]>>[number]) => unknown,
): ErrorText {
  return queueText(when, text, async (fleet) => {
    await fleet.outside().add([data as ReturnType<typeof job>], signal);
    const queue = fleet.claims({ source: place.source, destination: place.destination });
    const [message] = await queue.claim(1, signal);
    return await failureOf(() => work(queue, message!));
  });
}

/** What `sluice work` ends with; its other lines are left out. */
async function worked(scene: Scene, ...args: string[]): Promise<Said> {
  const ordinary = ["--model", "reference:", "--cache", "none:", "--listen", "127.0.0.1:0"];
  const { text, status } = await scene.sluice([
    ...[
      "work",
      "--ledger",
      `${scene.folder}/l.db`,
      ...ordinary,
      "--until-empty",
      "--log-level",
      "error",
      ...args,
    ],
  ]) as { text: string; status: number };
  return { text: text.split("\n").map((line) => JSON.parse(line).message).join("\n"), status };
}

export const queueTexts: ErrorTexts = {
  name: "BullQueue and JobQueue",
  rows: [
    {
      when: "an address with a fragment in place of a database",
      text: "Cannot open queue: its address must be redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]",
      provoke: () => failureOf(() => new JobQueue("redis://:s3cret@queue/jobs")),
    },
    {
      when: "an invalid name",
      text:
        "Cannot open queue redis://queue:6379: its name must be 1 to 64 letters, digits, -, _ and ., is my jobs",
      provoke: () => failureOf(() => new JobQueue("redis://queue", { name: "my jobs" })),
    },
    {
      when: "a queue that is not there",
      text: "sluice: Cannot look at queue redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>",
      status: 1,
      provoke: (scene) => scene.sluice(["queue", "--queue", `redis://127.0.0.1:${scene.unusedPort()}`]),
    },
    {
      when: "a check of a queue where jobs may be forgotten",
      text:
        "FAILED  queue        Cannot use queue redis://127.0.0.1:<PORT>: its Redis may forget jobs when its memory is full: maxmemory-policy must be noeviction, is volatile-lru; a cache that evicts needs a Redis of its own",
      status: 1,
      missing,
      async provoke(scene) {
        const redis = await RedisServer.start("--maxmemory-policy", "volatile-lru");
        if (typeof redis === "string") throw new Error(redis);
        scene.use(redis);
        scene.hide(`${redis.port}`, "<PORT>");
        return await scene.check({ queue: redis.url });
      },
    },
    {
      when: "a queue that is silent",
      text: "Cannot look at queue redis://127.0.0.1:<PORT>: no answer in 0.2 s",
      async provoke(scene) {
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        scene.hide(`${listener.addr.port}`, "<PORT>");
        const queue = new JobQueue(`redis://127.0.0.1:${listener.addr.port}`, { timeoutSeconds: 0.2 });
        const connection = listener.accept();
        const message = await failureOf(() => queue.state(signal));
        (await connection).close();
        await queue.close();
        return message;
      },
    },
    server(
      "a replica",
      "Cannot use queue redis://queue:6379: it is a replica, which takes no jobs: name its master, one:6379",
      "redis_version:7.0.15\r\nrole:slave\r\nmaster_host:one\r\nmaster_port:6379\r\nslave_read_only:1\r\n",
    ),
    server(
      "a server of a Cluster",
      "Cannot use queue redis://queue:6379: it is a server of a Redis Cluster, which holds no queue: name a Redis that " +
        "stands alone",
      "redis_version:7.0.15\r\nredis_mode:cluster\r\n",
    ),
    server(
      "a server that evicts",
      "Cannot use queue redis://queue:6379: its Redis may forget jobs when its memory is full: maxmemory-policy must be noeviction, is allkeys-lru; a cache that evicts needs a Redis of its own",
      "redis_version:7.2.4\r\nmaxmemory_policy:allkeys-lru\r\n",
    ),
    server(
      "a server that is too old",
      "Cannot use queue redis://queue:6379: Redis 5.0.7 is too old, 6.2 is needed",
      "redis_version:5.0.7\r\nmaxmemory_policy:noeviction\r\n",
    ),
    claimed(
      "a job about other places",
      "Cannot use job <ID> of redis://127.0.0.1:<PORT>: it is from s3://raw/other/ to s3://mod/out/, not from s3://raw/in/ to s3://mod/out/",
      { ...job("a.jsonl"), source: "s3://raw/other/" },
      (_, message) => message.job(),
    ),
    queueText(
      "a job about another source",
      "Cannot use job <ID> of redis://127.0.0.1:<PORT>: it is about file:///data/, not s3://raw/in/",
      async (fleet) => {
        await fleet.outside().add([{ ...job("a.jsonl"), source: "file:///data/" }], signal);
        const [message] = await fleet.claims().claim(1, signal);
        return await failureOf(() => message!.names(rawSource));
      },
    ),
    claimed(
      "a job that is invalid",
      "Cannot understand job <ID> of redis://127.0.0.1:<PORT>: bytes is null, not number",
      { ...job("a.jsonl"), bytes: null },
      (_, message) => message.job(),
    ),
    claimed(
      "a job whose claim is over",
      "Cannot remove job <ID> of redis://127.0.0.1:<PORT>: it is no longer claimed by this process: the claim has expired, or the message is gone",
      job("a.jsonl"),
      async (queue, message) => {
        await queue.abandon(message, signal);
        await queue.complete(message, signal);
      },
    ),
    queueText(
      "a queue with jobs from elsewhere",
      "sluice: Cannot add jobs to queue jobs of redis://127.0.0.1:<PORT>: it has 1 job from s3://raw/other/ to s3://mod/out/; name another queue by --queue-name",
      async (fleet, scene) => {
        await scene.s3();
        const other = { ...place, source: "s3://raw/other/" };
        const queue = fleet.outside();
        await queue.settle(other, signal);
        await queue.add([{ ...job("a.jsonl"), ...other }], signal);
        const said = await scene.sluice([
          ...[
            "enqueue",
            "--queue",
            fleet.redis.url,
            "--ledger",
            `${scene.folder}/l.db`,
            ...fromS3,
            "--quiet",
          ],
        ]) as { text: string; status: number };
        return { ...said, text: said.text.split("\n").at(-1)! };
      },
      1,
    ),
    {
      when: "a queue that is not named",
      text: "sluice: Cannot start without --queue: the queue that the jobs are in, redis://HOST:PORT",
      status: 2,
      provoke: (scene) => scene.sluice(["queue"]),
    },
    {
      when: "names of jobs that wait",
      text: "sluice: Cannot drop a.jsonl: --waiting drops all waiting jobs, and takes no names",
      status: 2,
      provoke: (scene) => scene.sluice(["queue", "drop", "a.jsonl", "--waiting", "--queue", "redis://queue"]),
    },
    queueText(
      "work from elsewhere",
      "Cannot work from s3://raw/other/ to s3://mod/out/: the jobs of queue jobs are from s3://raw/in/ to s3://mod/out/; leave out --from and --to, or give another --queue-name",
      async (fleet, scene) => {
        await scene.s3();
        await fleet.outside().settle(place, signal);
        return await worked(scene, "--queue", fleet.redis.url, "--from", "s3://raw/other/");
      },
      1,
    ),
    queueText(
      "work for a database that is not named",
      "Cannot work without --to: the outputs go to postgres://db:5432/x/records, and how to get in there is not in the queue",
      async (fleet, scene) => {
        await scene.s3();
        await fleet.outside().settle({ ...place, destination: "postgres://db:5432/x/records" }, signal);
        return await worked(scene, "--queue", fleet.redis.url);
      },
      1,
    ),
    queueText(
      "jobs that have failed, at the end of a batch",
      "Cannot finish s3://raw/in/a.jsonl: 100 of 100 records are rejects (100 invalid_json); maxRejects is 50%, " +
        "only 100% lets it pass; the first, at line 1, is not JSON (invalid_json): no json\n" +
        "Cannot finish all jobs of queue jobs of redis://127.0.0.1:<PORT>: 1 have failed; sluice queue says why, sluice queue retry puts them back",
      async (fleet, scene) => {
        const s3 = await scene.s3();
        s3.put("raw", "in/a.jsonl", "no json\n".repeat(100));
        const queue = fleet.outside({ tries: 1 });
        await queue.settle(place, signal);
        await queue.add([job("a.jsonl")], signal);
        return await worked(scene, "--queue", fleet.redis.url);
      },
      1,
    ),
  ],
};
