import { cpus } from "node:os";

/** The machine and the programs that figures were taken with. */
export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGib: number;
  /** Programs that were running or waiting, averaged over the minute before. */
  readonly load: number;
  readonly os: string;
  readonly deno: string;
  readonly redis: string;
}

/** Describes this machine. */
export async function describeMachine(redis: string): Promise<Machine> {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: navigator.hardwareConcurrency,
    processor: cpus()[0]?.model ?? Deno.build.arch,
    memoryGib: Math.round(Deno.systemMemoryInfo().total / 1024 ** 3),
    load: Deno.loadavg()[0]!,
    os: `${
      await found("/etc/os-release", /^PRETTY_NAME="?([^"\n]*)/m) ??
        Deno.build.os
    }, ${Deno.osRelease()}`,
    deno: `${Deno.version.deno}, V8 ${Deno.version.v8}`,
    redis,
  };
}

async function found(
  path: string,
  pattern: RegExp,
): Promise<string | undefined> {
  return pattern.exec(await Deno.readTextFile(path).catch(() => ""))?.[1];
}
