import { BullQueue, type BullQueueOptions } from "../../lib/queue/bull_queue.ts";
import type { QueueJob } from "../../lib/queue/queue_job.ts";
import { JobQueue, type JobQueueOptions } from "../../lib/queue/job_queue.ts";
import { RedisServer } from "../fakes/redis_server.ts";

/** Where all jobs are from and to. */
export const place = { source: "s3://raw/in/", destination: "s3://mod/out/" };

export function job(name: string, etag = "e"): QueueJob {
  return { ...place, name, etag, bytes: 5 };
}

/** A real Redis for one test, and queues in it, which are closed with it. */
export class QueueScene implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly #queues: { close(): Promise<void> }[] = [];

  constructor(redis: RedisServer) {
    this.redis = redis;
  }

  claims(options: BullQueueOptions = {}): BullQueue {
    return this.#keep(new BullQueue(this.redis.url, { waitSeconds: 0.3, ...options }));
  }

  outside(options: JobQueueOptions = {}): JobQueue {
    return this.#keep(new JobQueue(this.redis.url, { retrySeconds: 0.05, ...options }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const queue of this.#queues) await queue.close();
    await this.redis[Symbol.asyncDispose]();
  }

  #keep<T extends { close(): Promise<void> }>(queue: T): T {
    this.#queues.push(queue);
    return queue;
  }
}

/** A test with a real Redis; where none can be run, its name says so and it is not run. */
export function queueTest(
  name: string,
  work: (scene: QueueScene, t: Deno.TestContext) => Promise<void>,
  ...args: string[]
): void {
  const ignore = missing !== undefined;
  Deno.test({
    name: ignore ? `${name} (not run: ${missing})` : name,
    ignore,
    async fn(t) {
      const redis = await RedisServer.start(...args);
      if (typeof redis === "string") throw new Error(redis);
      await using scene = new QueueScene(redis);
      await work(scene, t);
    },
  });
}

const probe = await RedisServer.start();
/** Why there is no Redis to test with; `undefined` where there is one. */
export const missing = typeof probe === "string" ? probe : undefined;
if (typeof probe !== "string") await probe[Symbol.asyncDispose]();
