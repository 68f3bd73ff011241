import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { fakeLevel, FakeModel } from "../fakes/model.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { type ProcessResult, startSluice } from "./sluice_process.ts";
import { until } from "../until.ts";

interface Fleet extends AsyncDisposable {
  readonly s3: FakeS3;
  readonly model: FakeModel;
  /** Keys of outputs, as often as one was written. */
  readonly written: readonly string[];
  enqueue(...flags: string[]): Promise<ProcessResult>;
  /** Enqueues what comes, until it is killed. */
  follow(): ReturnType<typeof startSluice>;
  work(...flags: string[]): ReturnType<typeof startSluice>;
  queue(...args: string[]): Promise<ProcessResult>;
}

/** A queue in a real Redis, S3, a model, and processes; the reason if there is no Redis to run. */
async function fleet(): Promise<Fleet | string> {
  const redis = await RedisServer.start("--appendonly", "yes");
  if (typeof redis === "string") return redis;
  const s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
  const model = await FakeModel.start();
  const folder = await Deno.makeTempDir({ prefix: "sluice-fleet-" });
  const started: ReturnType<typeof startSluice>[] = [];
  const written: string[] = [];
  s3.fault(
    ({ operation, bucket }) => operation === "PutObject" && bucket === "mod",
    async ({ key }, proceed) => {
      const answer = await proceed();
      if (answer.status === 200) written.push(key);
      return answer;
    },
    { times: Infinity },
  );
  const env = {
    ...s3.environment,
    SLUICE_QUEUE: redis.url,
  };
  const place = ["--from", "s3://raw/in/", "--to", "s3://mod/out/", "--ledger", `${folder}/enqueue.db`];
  const start = (...args: string[]) => {
    const process = startSluice(args, { env });
    started.push(process);
    return process;
  };
  return {
    s3,
    model,
    written,
    enqueue: (...flags) => start("enqueue", ...place, ...flags).ended,
    follow: () => start("enqueue", ...place, "--follow", "--every", "1s"),
    work: (...flags) =>
      start(
        ...["work", "--model", model.url, "--cache", redis.url, "--ledger", `${folder}/${started.length}.db`],
        ...["--listen", "127.0.0.1:0", "--claim-timeout", "2s", "--model-calls-per-second", "100", ...flags],
      ),
    queue: (...args) => start("queue", ...args).ended,
    async [Symbol.asyncDispose]() {
      for (const process of started) process.kill("SIGKILL");
      await Promise.all(started.map(({ ended }) => ended));
      await model[Symbol.asyncDispose]();
      await s3[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A story that needs a real Redis; where none can be run, it says so and passes. */
function story(name: string, tell: (fleet: Fleet) => Promise<void>): void {
  Deno.test(`sluice enqueue, work, queue: ${name}`, async () => {
    const under = await fleet();
    if (typeof under === "string") return console.log(`Skipped: ${under}`);
    await using _ = under;
    await tell(under);
  });
}

const minute = (i: number) => `${1_700_000_000 + i * 60}.jsonl`;
const line = (title: string) => `{"company":"Acme","title":"${title}"}\n`;
const answered = (title: string) =>
  `{"company":"Acme","title":"${title}","seniority":${fakeLevel("Acme", title)}}\n`;

const isRead = ({ operation, bucket }: { readonly operation: string; readonly bucket: string }) =>
  operation === "GetObject" && bucket === "raw";

story("two workers, one of them killed: each object's output is there, once", async (under) => {
  const { s3, written, enqueue, work, queue } = under;
  const all = Array.from({ length: 40 }, (_, i) => i);
  for (const i of all) s3.put("raw", `in/${minute(i)}`, line(`t${i % 7}`) + line(`u${i}`));
  // Slow enough that the kill meets objects under way.
  s3.fault(isRead, async (_, proceed) => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    return await proceed();
  }, { times: Infinity });
  const first = await enqueue();
  assertEquals(first.status, 0, first.stderr);
  assertStringIncludes(first.stderr, "Added 40 jobs to queue jobs of redis://127.0.0.1:");
  assertStringIncludes((await enqueue()).stderr, "Added 0 jobs");

  const doomed = work(), other = work();
  await until(() => written.length >= 8, { what: "the first outputs" });
  doomed.kill("SIGKILL");
  await until(() => new Set(written).size === 40, { what: "all outputs" });
  for (const i of all) {
    assertEquals(await s3.text("mod", `out/${minute(i)}`), answered(`t${i % 7}`) + answered(`u${i}`));
  }
  assertEquals(written.length, 40);
  const batch = work("--until-empty");
  const ended = await batch.ended;
  assertEquals(ended.status, 0, ended.stderr);
  other.kill("SIGTERM");
  assertEquals((await other.ended).status, 0);
  const { stdout } = await queue("--json");
  const { waiting, delayed, active, failed } = JSON.parse(stdout);
  assertEquals([waiting, delayed, active, failed], [0, 0, 0, 0]);
  assertMatch(
    (await enqueue()).stderr,
    /^Added 0 jobs to queue jobs of redis:\S+; 40 already done$/m,
  );
});

story("what fails is tried again, kept with its reason, put back, and dropped", async (under) => {
  const { s3, enqueue, work, queue } = under;
  s3.put("raw", `in/${minute(1)}`, line("a"));
  s3.put("raw", `in/${minute(2)}`, "no json\n".repeat(100));
  const batch = () => work("--until-empty").ended;
  await enqueue("--tries", "2", "--retry-after", "100ms");
  const first = await batch();
  assertEquals(first.status, 1, first.stderr);
  assertMatch(
    first.stderr,
    /Cannot finish all jobs of queue jobs of redis:\S+: 1 job failed; sluice queue says why/,
  );
  const shown = await queue();
  assertMatch(
    shown.stdout,
    new RegExp(
      `failed {3}1\\n {9}${minute(2)}, .* ago, after 2 attempts: Cannot finish s3://raw/in/${minute(2)}: `,
    ),
  );
  assertStringIncludes((await enqueue()).stderr, "Added 0 jobs");
  assertEquals((await queue("retry", "none.jsonl")).status, 1);
  assertEquals((await queue("retry", minute(2))).stdout, "Retrying 1 failed job\n");
  assertEquals((await batch()).status, 1);
  assertEquals((await queue("drop")).stdout, "Dropped 1 failed job\n");
  assertEquals((await batch()).status, 0);
});

story("a worker that is stopped finishes what it has, or hands it back at once", async (under) => {
  const { s3, written, enqueue, work, queue } = under;
  for (const i of [1, 2]) s3.put("raw", `in/${minute(i)}`, line("a"));
  let isHeld = true;
  const begun = Promise.withResolvers<void>(), released = Promise.withResolvers<void>();
  s3.fault(isRead, async (_, proceed) => {
    if (isHeld) {
      begun.resolve();
      await released.promise;
    }
    return await proceed();
  }, { times: Infinity });
  await enqueue();
  const stopped = work("--grace", "0s");
  await begun.promise;
  stopped.kill("SIGTERM");
  const { status, stderr } = await stopped.ended;
  assertEquals(status, 0);
  assertStringIncludes(stderr, "jobs in flight are handed back");
  const { waiting, active } = JSON.parse((await queue("--json")).stdout);
  assertEquals([waiting, active], [2, 0]);
  isHeld = false;
  released.resolve();
  assertEquals((await work("--until-empty").ended).status, 0);
  assertEquals(written.length, 2);
});

story(
  "--follow adds what comes, for a worker that was there before",
  async ({ s3, written, follow, work }) => {
    const worker = work();
    s3.put("raw", `in/${minute(1)}`, line("a"));
    const following = follow();
    await until(() => written.length === 1, { what: "the first object" });
    s3.put("raw", `in/${minute(2)}`, line("b"));
    await until(() => written.length === 2, { what: "the second object" });
    for (const process of [worker, following]) process.kill("SIGTERM");
    const ends = await Promise.all([worker.ended, following.ended]);
    assertEquals(ends.map(({ status }) => status), [0, 0]);
    assertStringIncludes(ends[1].stderr, "Added 2 jobs to queue jobs of redis://127.0.0.1:");
  },
);
