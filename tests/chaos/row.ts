import type { S3Operation } from "../fakes/s3_fault.ts";
import type { ProcessResult } from "../story/sluice_process.ts";
import type { World } from "./world.ts";

/** A fault: does its harm to a run, and sees to it that work is brought to its end. */
export interface Row {
  readonly fault: string;
  /** Resolves to what was wrong beside the output, nothing when all was well. */
  run(world: World): Promise<string[]>;
}

export interface RowOptions {
  /** Objects of several parts among the six. */
  readonly large?: number;
  /** Calls fail, so that the model hears some questions more than once. */
  readonly asksAgain?: boolean;
  readonly args?: readonly string[];
}

type Harm = (world: World) => void | Promise<void>;

/** A row in which one run must end well in spite of the fault. */
export function survived(fault: string, harm: Harm, options: RowOptions = {}): Row {
  const { args = [], asksAgain = false, large = 0 } = options;
  return {
    fault,
    async run(world) {
      world.issue(6, { large });
      await harm(world);
      const remarks = endedWell(await world.run(...args));
      return asksAgain ? remarks : [...remarks, ...questionsAskedOnce(world)];
    },
  };
}

/** A row in which a run may leave objects undone, but says so; a later run takes them up. */
export function takenUpAgain(fault: string, harm: Harm, ...args: string[]): Row {
  return {
    fault,
    async run(world) {
      world.issue(6);
      await harm(world);
      const result = await world.run(...args);
      const { status, stderr } = result, { objects } = figuresOf(result);
      // It says so by its status, whatever else it has to say.
      const expected = objects.failed > 0 || stderr.includes("are left to the next run") ? [1] : [0, 3];
      const remarks = expected.includes(status)
        ? []
        : [`the run ended with ${status}, and ${objects.failed} objects failed`];
      const unfinished = await world.outputs.unfinished();
      if (unfinished.length > 0) remarks.push(`left unfinished: ${unfinished}`);
      return [...remarks, ...await finishes(world)];
    },
  };
}

/** How a row has objects processed. */
export interface Way {
  readonly command: "run" | "watch";
  /**
   * Has the program process what is in the source: `run` to its end; `watch` until `isDone`, by default until each
   * object that was issued has an output, and then it is stopped as a service manager does.
   */
  process(world: World, options?: WayOptions): Promise<ProcessResult>;
}

export interface WayOptions {
  readonly args?: readonly string[];
  /** Whether the watch may be stopped, by its log so far among others; a run ends by itself. */
  readonly isDone?: (log: string) => boolean | Promise<boolean>;
}

/** How long a watch may take for what a row asks of it. */
const maxWatchMs = 90_000;

const ways: readonly Way[] = [
  { command: "run", process: (world, { args = [] } = {}) => world.run(...args) },
  {
    command: "watch",
    async process(world, { args = [], isDone = () => world.isDelivered() } = {}) {
      const watch = world.startWatch(...args);
      let hasEnded = false;
      watch.ended.then(() => hasEnded = true);
      const deadline = performance.now() + maxWatchMs;
      let isReached = false;
      while (!hasEnded && !(isReached = await isDone(watch.stderr)) && performance.now() < deadline) {
        await pause(50);
      }
      watch.kill("SIGTERM");
      const result = await watch.ended;
      if (isReached) return result;
      throw new Error(
        `watch ${hasEnded ? `ended with ${result.status}` : "did not get there"}: ${
          result.stderr.slice(-600)
        }`,
      );
    },
  },
];

/** A row for each of `run` and `watch`. */
export function inRunAndWatch(
  fault: string,
  play: (world: World, way: Way) => Promise<string[]>,
): Row[] {
  return ways.map((way) => ({ fault: `${fault}, ${way.command}`, run: (world) => play(world, way) }));
}

/** What a run printed with `--json`. */
// deno-lint-ignore no-explicit-any -- rows know what they look for
export function figuresOf({ stdout }: ProcessResult): any {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
}

/** The lines of a watch's log. */
// deno-lint-ignore no-explicit-any -- rows know what they look for
export function logOf({ stderr }: ProcessResult): any[] {
  return stderr.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

/** A run that ended with this status; a watch that was stopped in order. */
export function ended(way: Way, { status, stderr }: ProcessResult, ...expected: number[]): string[] {
  const allowed = way.command === "watch" ? [0] : expected;
  if (allowed.includes(status)) return [];
  return [`${way.command} ended with ${status}, not ${allowed.join(" or ")}: ${stderr.slice(-600)}`];
}

/** What is missing in what was printed. */
export function missing(said: string, ...texts: string[]): string[] {
  return texts.filter((text) => !said.includes(text))
    .map((text) => `it did not say ${JSON.stringify(text)}: ${said.slice(-600)}`);
}

/** All objects done; 3 where some records are rejects, as most rounds have some. */
export function endedWell({ status, stderr }: { status: number; stderr: string }): string[] {
  return status === 0 || status === 3 ? [] : [`the run ended with ${status}: ${stderr.slice(-300)}`];
}

/** Some object is undone, and the exit status says so. */
export function endedUndone({ status }: { status: number }): string[] {
  return status === 1 ? [] : [`the run ended with ${status} in place of 1`];
}

export async function finishes(world: World, ...args: string[]): Promise<string[]> {
  return await world.runUntilDone(...args) === Infinity ? ["five more runs did not finish"] : [];
}

export function questionsAskedOnce(world: World): string[] {
  const { keysAskedTwice } = world.model.stats();
  return keysAskedTwice === 0 ? [] : [`${keysAskedTwice} keys were asked twice`];
}

/** Makes some requests of an operation fail, at random. */
export function sometimes(
  world: World,
  operation: S3Operation,
  action: Parameters<World["s3"]["fault"]>[1],
  times = 6,
): void {
  world.s3.fault((request) => request.operation === operation && world.random(0, 2) > 0, action, { times });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
