import { Session } from "node:inspector/promises";

/** A profile as V8's sampling profiler gives it, as far as it is used here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  /** Ids of nodes, one for each sample. */
  readonly samples?: readonly number[];
  /** Time before each sample, in microseconds. */
  readonly timeDeltas?: readonly number[];
}

/** Between samples, in microseconds: a run takes about an eighth longer for it. */
const samplingIntervalUs = 1_000;
/** How often samples are summed up and discarded, in milliseconds: they take memory. */
const foldMs = 10_000;

/**
 * Where this process's time goes, by stage: V8's sampling profiler, whose samples count for the stage whose code is
 * nearest on the stack, so that what a stage has the runtime or a library do is that stage's.
 */
export class StageProfile {
  /** Seconds by stage, in no order. */
  readonly seconds = new Map<string, number>();
  readonly #session = new Session();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #folding: Promise<void> = Promise.resolve();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: samplingIntervalUs });
    await this.#session.post("Profiler.start");
    this.#foldLater();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#folding;
    await this.#fold();
    this.#session.disconnect();
  }

  #foldLater(): void {
    this.#timer = setTimeout(() => {
      this.#folding = this.#fold().then(() => this.#session.post("Profiler.start")).then(() =>
        this.#foldLater()
      );
    }, foldMs);
  }

  async #fold(): Promise<void> {
    const { profile } = await this.#session.post("Profiler.stop") as { profile: CpuProfile };
    for (const [stage, seconds] of stageSeconds(profile)) {
      this.seconds.set(stage, (this.seconds.get(stage) ?? 0) + seconds);
    }
  }
}

/** A profile's samples, summed up in seconds by stage. */
export function stageSeconds({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const stages = new Map<number, string>();
  const stageAt = (id: number): string => {
    let stage = stages.get(id);
    if (stage === undefined) {
      const parent = parents.get(id);
      const { functionName, url } = byId.get(id)!.callFrame;
      stage = stageOf(functionName, url) ?? (parent === undefined ? "runtime" : stageAt(parent));
      stages.set(id, stage);
    }
    return stage;
  };
  const sums = new Map<string, number>();
  samples.forEach((id, i) => {
    const stage = stageAt(id);
    sums.set(stage, (sums.get(stage) ?? 0) + (timeDeltas[i] ?? 0) / 1e6);
  });
  return sums;
}

const folders: Readonly<Record<string, string>> = {
  answers: "answers",
  caches: "cache client",
  models: "model client",
  stores: "store client",
  scan: "scan",
};

/** The stage that a frame's code belongs to; `undefined` if it is shared by several stages. */
function stageOf(functionName: string, url: string): string | undefined {
  if (functionName === "(idle)") return "waiting";
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "(program)") return "runtime";
  if (url.includes("/text_line_stream.js")) return "lines";
  const [, folder, file] =
    /\/lib\/(?:(stages|answers|caches|models|stores|scan)\/)?([a-z0-9_]+)\.ts$/.exec(url) ?? [];
  if (folder === "stages") return file;
  if (folder !== undefined) return folders[folder];
  if (/\/(?:@aws-sdk|@smithy)\//.test(url)) return "store client";
  if (/\/(?:redis|@redis)\//.test(url)) return "cache client";
  if (/\/(?:@grpc|protobufjs)\//.test(url)) return "model client";
  return /\/lib\/(?:cli|settings)\//.test(url) || /\/lib\/(?:job|plan)\.ts$/.test(url) ? "job" : undefined;
}
