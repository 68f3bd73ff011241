import { fakeLevel, FakeModel } from "../fakes/model.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { FakeSqs } from "../fakes/sqs.ts";
import { startSluice } from "./sluice_process.ts";

export interface Watched extends AsyncDisposable {
  readonly s3: FakeS3;
  readonly sqs: FakeSqs;
  readonly model: FakeModel;
  /** Keys of outputs that became visible, as often as they did. */
  readonly written: readonly string[];
  /** Starts a watch; more flags may be given. */
  watch(...flags: string[]): ReturnType<typeof startSluice>;
}

export async function surroundings(): Promise<Watched> {
  const s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
  const sqs = await FakeSqs.start();
  const model = await FakeModel.start();
  const folder = await Deno.makeTempDir();
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
  return {
    s3,
    written,
    sqs,
    model,
    watch(...flags) {
      const process = startSluice([
        ...["watch", "--from", "s3://raw/in/", "--to", "s3://mod/out/", "--model", model.url],
        ...["--cache", `sqlite:${folder}/cache.db`, "--ledger", `${folder}/ledger.db`],
        ...["--listen", "127.0.0.1:0", "--model-calls-per-second", "100", ...flags],
      ], { env: s3.environment });
      started.push(process);
      return process;
    },
    async [Symbol.asyncDispose]() {
      for (const process of started) process.kill("SIGKILL");
      await Promise.all(started.map(({ ended }) => ended));
      await model[Symbol.asyncDispose]();
      await sqs[Symbol.asyncDispose]();
      await s3[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

export const minute = (i: number) => `${1_700_000_000 + i * 60}.jsonl`;
export const line = (title: string) => `{"company":"Acme","title":"${title}"}\n`;
export const answered = (title: string) =>
  `{"company":"Acme","title":"${title}","seniority":${fakeLevel("Acme", title)}}\n`;
export const event = (key: string) =>
  JSON.stringify({
    Records: [{ eventName: "ObjectCreated:Put", s3: { bucket: { name: "raw" }, object: { key } } }],
  });
