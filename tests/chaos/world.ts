import { dirname } from "node:path";
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { FakeModel } from "../fakes/model.ts";
import { FakeRedis } from "../fakes/redis.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { FakeS3 } from "../fakes/s3.ts";
import {
  type CorpusLine,
  expectedOutput,
  expectedRejects,
  joinLines,
  oddLines,
  plainLines,
} from "../story/corpus.ts";
import { folderOutputs, type Outputs, s3Outputs } from "./outputs.ts";
import { type ProcessResult, startSluice } from "../story/sluice_process.ts";

/** Planted as credentials everywhere; must not be found in anything that was printed. */
export const secrets = ["SECRETKEYzq81", "SECRETHEADERzq82", "SECRETREDISzq83"];

/** What was delivered, held against what was issued. */
export interface Verdict {
  /** Records that should be there and are not. */
  readonly lost: number;
  /** Records that are there more often than they should be. */
  readonly doubled: number;
  /** Records that should not be there, unfinished uploads, secrets printed, questions asked twice. */
  readonly wrong: number;
  readonly remarks: readonly string[];
}

export type Compression = "none" | "gzip" | "zstd";

interface IssuedObject {
  readonly name: string;
  readonly lines: readonly CorpusLine[];
  readonly compression: Compression;
}

export interface IssueOptions {
  /** Default: as the name says. */
  readonly compression?: Compression;
  /** The object's bytes, where they are not the lines, each with its line end, compressed at once. */
  readonly bytes?: Uint8Array;
  readonly headers?: Record<string, string>;
}

/** One round's surroundings: servers with faults on demand, and objects whose every record is known. */
export class World implements AsyncDisposable {
  readonly s3: FakeS3;
  readonly model: FakeModel;
  readonly folder: string;
  /** Where outputs go: S3 by default. */
  outputs: Outputs;
  /** Where objects are read from: S3 by default. */
  from = "s3://raw/in/";
  /** Variables of the processes that are started from now on. */
  readonly environment: Record<string, string>;
  /** Whether there is time for what takes minutes. */
  readonly isLong: boolean;
  /** Set by a row that could not do its harm on this machine: why. */
  skipped: string | undefined;
  /** The address of the cache; with a password where it is a Redis. */
  cache: string;
  /** A real one where there is one. */
  readonly redis: RedisServer | FakeRedis;
  readonly #random;
  readonly #printed: string[] = [];
  readonly #clearUps: (() => Promise<void>)[] = [];
  readonly #processes: ReturnType<typeof startSluice>[] = [];
  readonly #planted: string[] = [...secrets];
  #issued: IssuedObject[] = [];
  /** Names in the destination that are no outputs and may be there. */
  readonly #allowed = new Set<string>();

  private constructor(
    seed: number,
    isLong: boolean,
    s3: FakeS3,
    model: FakeModel,
    redis: RedisServer | FakeRedis,
    folder: string,
  ) {
    this.#random = xoroshiro128plus(seed);
    this.isLong = isLong;
    this.s3 = s3;
    this.outputs = s3Outputs(s3);
    this.model = model;
    this.redis = redis;
    this.folder = folder;
    this.cache = redis.url.replace("redis://", `redis://:${secrets[2]}@`);
    this.environment = {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "AKIACHAOS",
      AWS_SECRET_ACCESS_KEY: secrets[0]!,
      SLUICE_MODEL_HEADER: `authorization: ${secrets[1]}`,
    };
  }

  static async create(seed: number, isLong = false): Promise<World> {
    const server = await RedisServer.start("--requirepass", secrets[2]!);
    const redis = typeof server === "string" ? new FakeRedis({ password: secrets[2] }) : server;
    const s3 = await FakeS3.start({ buckets: ["raw", "mod"], maxKeys: 7 });
    return new World(
      seed,
      isLong,
      s3,
      await FakeModel.start(),
      redis,
      await Deno.makeTempDir({ prefix: "sluice-chaos-" }),
    );
  }

  /** A whole number from `min` to `max`. */
  random(min: number, max: number): number {
    return uniformInt(this.#random, min, max);
  }

  /** Puts objects into the source: plain and odd lines, some compressed, `large` ones of several parts. */
  issue(objects: number, options: { readonly large?: number } = {}): void {
    for (let i = 0; i < objects; i++) {
      const isLarge = i < (options.large ?? 0);
      const plain = plainLines(isLarge ? 75_000 : this.random(1, 600), this.random(1, 900));
      const lines = isLarge ? plain : [...plain, ...oddLines()];
      this.issueObject(`${1721183934 + 60 * i}.jsonl${i % 5 === 3 ? ".gz" : ""}`, lines);
    }
  }

  /** Puts one object into the source, over one of that name. */
  issueObject(name: string, lines: readonly CorpusLine[], options: IssueOptions = {}): void {
    const { headers, compression = compressionOf(name) } = options;
    const bytes = options.bytes ?? compress(joinLines(lines.map(({ input }) => input)), compression);
    this.put(name, bytes, headers);
    this.#issued = [...this.#issued.filter((object) => object.name !== name), { name, lines, compression }];
  }

  /** Puts something into the source of which no output may come. */
  put(name: string, bytes: string | Uint8Array, headers?: Record<string, string>): void {
    const folder = this.#sourceFolder;
    if (folder === undefined) return void this.s3.put("raw", `in/${name}`, bytes, headers);
    const path = `${folder}/${name}`;
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(path, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  }

  /** Has objects be files of a folder, from now on. */
  useSourceFolder(folder: string): void {
    this.from = `file://${folder}/`;
  }

  get #sourceFolder(): string | undefined {
    return /^file:\/\/(.*)\/$/.exec(this.from)?.[1];
  }

  /** Has something searched for in all that was printed, at the end. */
  plant(secret: string): void {
    this.#planted.push(secret);
  }

  /** Lets something be in the destination that is no output of what was issued. */
  allow(name: string): void {
    this.#allowed.add(name);
  }

  /** Takes an object out of what is expected: it is gone. */
  forget(name: string): void {
    this.#issued = this.#issued.filter((object) => object.name !== name);
  }

  /** Expects the records of a key among the rejects: the model refuses the question. */
  refuse(company: string, title: string): void {
    const pair = `${company.length} ${company} ${title}`;
    this.#issued = this.#issued.map(({ name, lines, compression }) => ({
      name,
      compression,
      lines: lines.map((line) => line.pair === pair ? { input: line.input, reason: "model_refused" } : line),
    }));
  }

  get names(): string[] {
    return this.#issued.map(({ name }) => name);
  }

  /** Distinct keys of all that was issued. */
  get keys(): number {
    return new Set(this.#issued.flatMap(({ lines }) => lines).flatMap(({ pair }) => pair ?? [])).size;
  }

  /** Has outputs go to a folder, from now on. */
  useFolder(folder: string): void {
    this.outputs = folderOutputs(folder);
  }

  /** Settings of the commands that process objects, from the source to the destination. */
  get #flags(): string[] {
    return [
      ...["--from", this.from, "--to", this.outputs.url, "--cache", this.cache, "--model", this.model.url],
      ...["--model-calls-per-second", "100", "--max-call-questions", "200", "--model-patience", "20s"],
      ...["--model-deadline", "20s"],
    ];
  }

  /** Starts any command; all that it prints is kept for the search for secrets. */
  startCommand(...args: string[]) {
    const process = startSluice(args, { cwd: this.folder, env: this.environment });
    this.#processes.push(process);
    process.ended.then(({ stdout, stderr }) => this.#printed.push(stdout, stderr));
    return process;
  }

  /** Starts a run. */
  start(...args: string[]) {
    return this.startCommand("run", ...this.#flags, "--json", ...args);
  }

  /** Starts a watch, which looks at the source each second. */
  startWatch(...args: string[]) {
    return this.startCommand(
      ...["watch", ...this.#flags, "--every", "1s", "--listen", "127.0.0.1:0", "--log-format", "json"],
      ...args,
    );
  }

  /** Processes the objects again that have rejects. */
  replay(...args: string[]): Promise<ProcessResult> {
    return this.startCommand("replay", ...this.#flags, "--json", ...args).ended;
  }

  /** Runs to the end. */
  run(...args: string[]): Promise<ProcessResult> {
    return this.start(...args).ended;
  }

  /** Runs again until a run says that all is done, five times at most; resolves to the number of runs. */
  async runUntilDone(...args: string[]): Promise<number> {
    for (let runs = 1; runs <= 5; runs++) {
      const { status } = await this.run(...args);
      if (status === 0 || status === 3) return runs;
    }
    return Infinity;
  }

  /** Whether each object that was issued has an output. */
  async isDelivered(): Promise<boolean> {
    const names = new Set(await this.outputs.names());
    return this.#issued.every(({ name }) => names.has(name));
  }

  /** Holds the destination against what was issued, line by line. */
  async judge(): Promise<Verdict> {
    let lost = 0, doubled = 0, wrong = 0;
    const remarks: string[] = [];
    const say = (remark: string) => {
      wrong++;
      remarks.push(remark);
    };
    const { outputs } = this;
    const expectedNames = new Set(this.#allowed);
    const stored = async (name: string, compression: Compression) => {
      const bytes = await outputs.bytes(name);
      if (bytes === undefined) return "";
      try {
        return new TextDecoder("latin1").decode(decompress(bytes, compression));
      } catch (error) {
        say(`${name} is not compressed by ${compression}: ${error}`);
        return "";
      }
    };
    for (const { name, lines, compression } of this.#issued) {
      expectedNames.add(name);
      if (await outputs.bytes(name) === undefined) say(`${name}: there is no output`);
      const expected = new TextDecoder("latin1").decode(expectedOutput(lines)).split("\n");
      const actual = (await stored(name, compression)).split("\n");
      if (actual.join("\n") !== expected.join("\n")) {
        const difference = compareLines(actual, expected);
        lost += difference.lost;
        doubled += difference.doubled;
        wrong += difference.foreign;
        if (difference.lost + difference.doubled + difference.foreign === 0) {
          say(`${name}: lines out of order`);
        }
        remarks.push(`${name}: ${JSON.stringify(difference)}`);
      }
      const rejects = expectedRejects(this.from + name, lines);
      if (rejects.length > 0) expectedNames.add(`_rejects/${name}`);
      const text = new TextDecoder().decode(
        Uint8Array.from(await stored(`_rejects/${name}`, compression), (char) => char.charCodeAt(0)),
      );
      const actualRejects = text === "" ? [] : text.trimEnd().split("\n").map((line) => JSON.parse(line));
      if (JSON.stringify(actualRejects.map(canonical)) !== JSON.stringify(rejects.map(canonical))) {
        say(`${name}: rejects differ`);
      }
      const marked = await outputs.rejects(name);
      if (marked !== rejects.length) say(`${name}: marked with ${marked} of ${rejects.length} rejects`);
    }
    for (const name of await outputs.names()) {
      if (!expectedNames.has(name)) say(`${name} should not be there`);
    }
    for (const upload of await outputs.unfinished()) say(`unfinished: ${upload}`);
    for (const secret of this.#planted) {
      if (this.#printed.some((text) => text.includes(secret))) say(`a secret was printed: ${secret}`);
    }
    return { lost, doubled, wrong, remarks };
  }

  /** What was printed so far, for debugging. */
  get printed(): string {
    return this.#printed.join("\n--\n");
  }

  /** Has something cleared up at the end of the round. */
  onDispose(clearUp: () => Promise<void>): void {
    this.#clearUps.push(clearUp);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) process.kill("SIGKILL");
    await Promise.all(this.#processes.map(({ ended }) => ended));
    for (const clearUp of this.#clearUps) await clearUp();
    await this.s3[Symbol.asyncDispose]();
    await this.model[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function canonical(reject: unknown): unknown {
  return Object.entries(reject as Record<string, unknown>).toSorted();
}

/** How lines differ as a multiset. */
function compareLines(actual: readonly string[], expected: readonly string[]) {
  const counts = new Map<string, number>();
  const known = new Set(expected);
  for (const line of expected) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of actual) counts.set(line, (counts.get(line) ?? 0) - 1);
  let lost = 0, doubled = 0, foreign = 0;
  for (const [line, count] of counts) {
    if (count > 0) lost += count;
    else if (known.has(line)) doubled -= count;
    else foreign -= count;
  }
  return { lost, doubled, foreign };
}

function compressionOf(name: string): Compression {
  return /\.gz(?:ip)?$/i.test(name) ? "gzip" : /\.zst$/i.test(name) ? "zstd" : "none";
}

function compress(bytes: Uint8Array, compression: Compression): Uint8Array {
  return compression === "gzip" ? gzipSync(bytes) : compression === "zstd" ? zstdCompressSync(bytes) : bytes;
}

function decompress(bytes: Uint8Array, compression: Compression): Uint8Array {
  return compression === "gzip"
    ? gunzipSync(bytes)
    : compression === "zstd"
    ? zstdDecompressSync(bytes)
    : bytes;
}
