import { FakeRedis } from "../fakes/redis.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import type { Summary } from "../../lib/jobs/summary.ts";
import { type BenchData, benchData, type DataPart } from "./bench_data.ts";
import type { S3Report } from "./s3_report.ts";
import { ServerProcess } from "./server_process.ts";
import { root, taskFlags } from "./task_flags.ts";
import { type TimedProcess, timedProcess } from "./timed_process.ts";

export interface SurroundingsOptions {
  /** Rounds of each figure, from 1. */
  readonly rounds: number;
  /** Lines of the largest part of the data. */
  readonly lines: number;
  /** Where data is kept between runs. */
  readonly data: string;
  readonly isLong: boolean;
  /** A compiled Sluice. */
  readonly executable?: string;
  /** Called with progress messages. */
  readonly say: (message: string) => void;
}

/** One measured run of Sluice. */
export interface SluiceRun extends TimedProcess {
  readonly summary: Summary;
  readonly s3: S3Report;
}

/** What `,"seniority":1` adds to each line, in bytes. */
const answerBytes = 14;

/** What every section runs in: the data, an S3 and a Redis as processes, and ways to start what is measured. */
export class Surroundings implements AsyncDisposable {
  readonly options: SurroundingsOptions;
  readonly data: BenchData;
  /** What is used as Redis, as text. */
  readonly redisName: string;
  readonly redisUrl: string;
  readonly s3: ServerProcess;
  readonly #redis: RedisServer | FakeRedis;
  /** Where runs leave their ledgers. */
  readonly #folder: string;
  #runs = 0;

  private constructor(
    options: SurroundingsOptions,
    data: BenchData,
    redis: RedisServer | FakeRedis,
    redisName: string,
    s3: ServerProcess,
    folder: string,
  ) {
    this.options = options;
    this.data = data;
    this.redisUrl = redis.url;
    this.redisName = redisName;
    this.s3 = s3;
    this.#redis = redis;
    this.#folder = folder;
  }

  static async open(options: SurroundingsOptions): Promise<Surroundings> {
    await Deno.mkdir(options.data, { recursive: true });
    const data = await benchData(options.data, options.lines, options.say);
    const server = await RedisServer.start();
    const isReal = typeof server !== "string";
    return new Surroundings(
      options,
      data,
      isReal ? server : new FakeRedis(),
      isReal ? await redisVersion() : `a fake Redis (${server})`,
      await ServerProcess.start(
        "tests/bench/s3_server_main.ts",
        "--root",
        data.folder,
      ),
      await Deno.makeTempDir({ prefix: "sluice-bench-" }),
    );
  }

  /** Calls `measure` for each round. */
  async rounds<T>(
    what: string,
    measure: (round: number) => Promise<T>,
    count = this.options.rounds,
  ): Promise<T[]> {
    const results: T[] = [];
    for (let round = 1; round <= count; round++) {
      this.options.say(`${what}: round ${round} of ${count}`);
      results.push(await measure(round));
    }
    return results;
  }

  /**
   * Runs Sluice on a prefix of the source bucket, from S3 to S3, with answers in Redis.
   *
   * @param prefix `whole`.
   * @param part What the prefix holds, where the output's length is to be checked.
   * @throws {Error} It failed, or wrote another number of bytes than it should.
   */
  async sluice(
    prefix: string,
    part: DataPart | undefined,
    args: readonly string[] = [],
  ): Promise<SluiceRun> {
    const run = await this.deno(
      "main.ts",
      this.sluiceArgs(prefix, args),
      taskFlags().v8,
    );
    const summary: Summary = JSON.parse(run.stdout);
    const s3 = await this.s3.report<S3Report>();
    if (part !== undefined) {
      const bytes = part.bytes + part.lines * answerBytes;
      if (
        summary.records.out !== part.lines ||
        (part.name !== "gzip" && s3.writtenBytes !== bytes)
      ) {
        throw new Error(
          `Cannot count the run on ${prefix}: ${summary.records.out} of ${part.lines} records and ` +
            `${s3.writtenBytes} of ${bytes} bytes came out`,
        );
      }
    }
    return { ...run, summary, s3 };
  }

  /** The command line of a run on a prefix of the source bucket, into a prefix of its own. */
  sluiceArgs(prefix: string, args: readonly string[] = []): string[] {
    return [
      ...[
        "run",
        "--from",
        `s3://raw/${prefix}/`,
        "--to",
        `s3://mod/run-${++this.#runs}/`,
      ],
      ...[
        "--cache",
        this.redisUrl,
        "--model",
        "reference:",
        "--quiet",
        "--json",
        ...args,
      ],
    ];
  }

  /**
   * Runs a program of this project as a process of its own.
   *
   * @param main From the project's folder.
   */
  deno(
    main: string,
    args: readonly string[],
    v8: readonly string[] = [],
  ): Promise<TimedProcess> {
    const config = `${root}${main.startsWith("tests/") ? "tests/" : ""}deno.json`;
    const flags = [
      "--quiet",
      `--config=${config}`,
      ...v8,
      ...taskFlags().permissions,
    ];
    return this.program(Deno.execPath(), [
      "run",
      ...flags,
      `${root}${main}`,
      ...args,
    ]);
  }

  /** Runs any program beside this S3. */
  program(program: string, args: readonly string[]): Promise<TimedProcess> {
    return timedProcess(program, args, {
      cwd: this.#folder,
      env: {
        AWS_ENDPOINT_URL_S3: this.s3.address,
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "AKIABENCH",
        AWS_SECRET_ACCESS_KEY: "bench",
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.s3[Symbol.asyncDispose]();
    await this.#redis[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function redisVersion(): Promise<string> {
  const { stdout } = await new Deno.Command("redis-server", {
    args: ["--version"],
  }).output();
  return `Redis ${/v=(\S+)/.exec(new TextDecoder().decode(stdout))?.[1]}`;
}
