import type { S3Operation } from "../fakes/s3_fault.ts";
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
      const { status, stdout } = await world.run(...args);
      const { objects } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
      // It says so by its status, whatever else it has to say.
      const expected = objects.failed > 0 ? [1] : [0, 3];
      const remarks = expected.includes(status)
        ? []
        : [`the run ended with ${status}, and ${objects.failed} objects failed`];
      const unfinished = await world.outputs.unfinished();
      if (unfinished.length > 0) remarks.push(`left unfinished: ${unfinished}`);
      return [...remarks, ...await finishes(world)];
    },
  };
}

/** All objects done; 3 where some records are rejects, as most rounds have some. */
export function endedWell({ status, stderr }: { status: number; stderr: string }): string[] {
  return status === 0 || status === 3 ? [] : [`the run ended with ${status}: ${stderr.slice(-300)}`];
}

/** Some object is undone, and the exit status says so. */
export function endedUndone({ status }: { status: number }): string[] {
  return status === 1 ? [] : [`the run ended with ${status} in place of 1`];
}

export async function finishes(world: World): Promise<string[]> {
  return await world.runUntilDone() === Infinity ? ["five more runs did not finish"] : [];
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
