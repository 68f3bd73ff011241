import { Command as Commander, CommanderError } from "commander";
import manifest from "../../deno.json" with { type: "json" };
import { defaultConfigPath } from "../settings/config_file.ts";
import { flagOf, variableOf } from "../settings/names.ts";
import { addSettings } from "./add_settings.ts";
import { cacheFamily } from "./cache/cache_commands.ts";
import type { Command, Family } from "./command.ts";
import { configFamily, initCommand } from "./config/config_commands.ts";
import { estimateCommand } from "./estimate/estimate_command.ts";
import { exitStatus, jobStatusHelp } from "./exit_status.ts";
import { isStop, reportFailure } from "./failure.ts";
import { guardedIo } from "./guarded_io.ts";
import { type Io, Stop } from "./io.ts";
import { matchCommand } from "./menus/match_command.ts";
import { stopStatus } from "./process_io.ts";
import { enqueueCommand, queueFamily, workCommand } from "./queue/queue_commands.ts";
import { replayCommand } from "./replay/replay_command.ts";
import { reportCommand } from "./report/report_command.ts";
import { checkCommand, runCommand, watchCommand } from "./run/run_commands.ts";
import { serveCommand } from "./serve/serve_command.ts";
import { loadConfig } from "./settings/load_config.ts";
import { typedSecretsHider } from "./typed_secrets.ts";
import { demoCommand, referenceModelCommand, sampleCommand } from "./tryout/tryout_commands.ts";
import { warmCommand } from "./warm/warm_command.ts";

/** All commands, in the order of `--help`. */
export const commands: readonly (Command | Family)[] = [
  runCommand,
  replayCommand,
  watchCommand,
  serveCommand,
  checkCommand,
  estimateCommand,
  warmCommand,
  enqueueCommand,
  workCommand,
  queueFamily,
  reportCommand,
  matchCommand,
  cacheFamily,
  initCommand,
  configFamily,
  sampleCommand,
  referenceModelCommand,
  demoCommand,
];

export interface ProgramOptions {
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The command line: runs the command that `args` names, and resolves to the process's exit status. A command's
 * code is loaded when it is called. Never rejects: errors are printed on standard error.
 */
export async function program(
  args: readonly string[],
  given: Io,
  { env = Deno.env.toObject() }: ProgramOptions = {},
): Promise<number> {
  let status: number = exitStatus.done;
  let isService = false;
  let hide = typedSecretsHider({ args, env });
  const io = guardedIo(given, (text) => hide(text));

  const sluice = new Commander("sluice")
    .description(
      "Adds a model's answer to every record of a stream, and asks the model each distinct question once.",
    )
    .version(manifest.version, "-V, --version", "Show the version")
    .helpOption("-h, --help", "Show this help")
    .helpCommand("help [command]", "Show a command's help")
    .exitOverride()
    .configureOutput({
      writeOut: io.print,
      writeErr: io.stderr,
      // Else it looks into the environment.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (message, write) => write(commandLineProblem(message)),
    })
    .addHelpText("after", `\n${jobStatusHelp}`);

  const add = (parent: Commander, command: Command, name: string) => {
    const added = parent.command(name, { isDefault: command.isDefault }).description(command.describe);
    addSettings(added, command);
    const isShared = Object.keys(command.settings).length > 0;
    added.addHelpText("after", `\n${command.examples}${isShared ? `\n\n${settingsHelp}` : ""}`);
    added.action(async (...received: unknown[]) => {
      // The arguments, the flags, and the command itself.
      const { config: path, ...typed } = received.at(-2) as Record<string, unknown>;
      const config = await loadConfig(command, typed, { path: path as string | undefined, env });
      hide = typedSecretsHider({ args, env, settings: config });
      const named = received.slice(0, -2).flat().filter((argument) => argument !== undefined) as string[];
      const { endsByStop = false } = command;
      isService = typeof endsByStop === "function" ? endsByStop(config) : endsByStop;
      status = await command.run(config, io, named);
    });
  };
  for (const one of commands) {
    if (!("commands" in one)) add(sluice, one, one.name);
    else {
      const family = sluice.command(one.name).description(one.describe)
        .helpCommand("help [command]", "Show a command's help")
        .addHelpText("after", `\n${one.examples}`);
      for (const command of one.commands) add(family, command, command.name.slice(one.name.length + 1));
    }
  }

  try {
    await sluice.parseAsync(args, { from: "user" });
  } catch (error) {
    status = isService && isStop(error, io.signal) ? exitStatus.done : failureStatus(error, io);
  }
  const { aborted, reason } = io.signal;
  if (!aborted || !(reason instanceof Stop) || status === exitStatus.usage) return status;
  return isService && status === exitStatus.done ? status : stopStatus(reason.by);
}

/** What is wrong with the command line, in the form of all other messages. Commander has no codes for all of it. */
function commandLineProblem(message: string): string {
  const cause = message.replace(/^error: /, "").replace(/\n\(Did you mean (.+)\?\)/, "; did you mean $1?")
    .replace(". Expected", ", expected").replace(/\.\n$/, "\n");
  return `sluice: Cannot use the command line: ${cause}`;
}

/** Prints what went wrong, unless Commander has, and returns the status for it. */
function failureStatus(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage;
  return reportFailure(error, io.signal, (text) => io.stderr(`sluice: ${text}\n`));
}

const settingsHelp = `Every setting has three names:
  ${flagOf("maxLineBytes")}       on the command line; ${
  flagOf("quiet").replace("--", "--no-")
} turns a switch off
  ${
  variableOf("maxLineBytes")
}  in the environment, for secrets too; a list has one item per line, empty is not set
  maxLineBytes           in ${defaultConfigPath}, or the file named by --config or ${
  variableOf("config")
}: JSON with comments
The command line wins over the environment, the environment over the file. Paths are relative to the working directory.
In the file, settings may be nested: "cache": { "ttl": "90d" } is ttl; sluice init writes a file with all of them.
Times have a unit (500ms, 60s, 10m, 24h, 90d), and sizes may have one (512KiB, 64MiB).
S3's region, endpoint and credentials come from the AWS variables and profiles: AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_PROFILE, …`;
