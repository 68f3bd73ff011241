import type { Sections } from "../settings/sections.ts";
import type { Settings } from "../settings/setting.ts";
import type { Io } from "./io.ts";
import type { CommandConfig, CommandSettings } from "./settings/load_config.ts";

/** One command of the command line: what it is called, what it takes, and what it does. */
export interface Command<S extends Sections = Sections, Flags extends Settings = Settings>
  extends CommandSettings<S, Flags> {
  /** As it is typed, `cache export`, and its arguments: `cache import [file]`. */
  readonly name: string;
  /** One or two sentences for `--help`. */
  readonly describe: string;
  /** What stands at the end of `--help`: examples, and what the exit status means. */
  readonly examples: string;
  /** Whether it is what its family does if nothing else is named: `queue` is `queue show`. */
  readonly isDefault?: boolean;
  /** Whether it runs until it is stopped: an orderly stop is then its success, and its exit status stays 0. */
  readonly endsByStop?: boolean | ((config: CommandConfig<S, Flags>) => boolean);
  /** Loads the command's code and runs it; resolves to the exit status. */
  run(config: CommandConfig<S, Flags>, io: Io, args: readonly string[]): Promise<number>;
}

/** Commands that share their first word. */
export interface Family {
  readonly name: string;
  readonly describe: string;
  readonly examples: string;
  readonly commands: readonly Command[];
}

/** Declares a command, with the types of its settings. */
export function command<S extends Sections, Flags extends Settings>(
  { settings, flags, ...declared }: Omit<Command<S, Flags>, "settings" | "flags"> & {
    readonly settings?: S;
    readonly flags?: Flags;
  },
): Command {
  return { ...declared, settings: settings ?? {}, flags: flags ?? {} } as unknown as Command;
}
