import type { Command } from "commander";
import type { Settings, Values } from "../../settings/setting.ts";
import { addConfig, addSettings } from "../add_settings.ts";
import {
  cacheCommandSettings,
  cacheDropFlags,
  cacheExportFlags,
  cacheExportSettings,
  cacheGetFlags,
  cacheSetFlags,
  cacheStatsFlags,
  loadCacheSettings,
} from "./cache_settings.ts";
import type { Io } from "../io.ts";

export interface AddCacheCommandsOptions {
  readonly io: Io;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where settings come from, for the end of `--help`. */
  readonly settingsHelp: string;
}

interface CacheCommand<Shared extends Settings, Own extends Settings> {
  readonly name: string;
  readonly description: string;
  readonly examples: string;
  /** Settings of runs that it takes too. */
  readonly shared: Shared;
  /** Flags of its own, which are no settings. */
  readonly own: Own;
  run(options: Values<Shared> & Values<Own>, argument: string | undefined): Promise<number>;
}

/** Adds `sluice cache` and its commands; `onStatus` gets what their work resolves to. */
export function addCacheCommands(
  sluice: Command,
  { io, env, settingsHelp }: AddCacheCommandsOptions,
  onStatus: (status: number) => void,
): void {
  const cache = sluice.command("cache")
    .description(
      "Looks after the answers that runs have kept: counts, shows, corrects, removes and moves them.",
    )
    .helpCommand("help [command]", "Show a command's help")
    .addHelpText("after", `\n${cacheExamples}`);

  function add<Shared extends Settings, Own extends Settings>(definition: CacheCommand<Shared, Own>): void {
    const { name, description, examples, own, shared, run } = definition;
    const command = cache.command(name).description(description);
    addSettings(command, own);
    const others = Object.entries(shared).filter(([name]) => !Object.hasOwn(own, name));
    addConfig(command, "Which answers");
    addSettings(command, Object.fromEntries(others), "Which answers");
    command.addHelpText("after", `\n${examples}\n\n${settingsHelp}`);
    command.action(async (...given: unknown[]) => {
      const [argument, flags] = given.length === 3 ? given : [undefined, given[0]];
      const options = await loadCacheSettings(shared, own, flags as Record<string, unknown>, { env });
      onStatus(await run(options, argument as string | undefined));
    });
  }

  add({
    name: "stats",
    description: "Says how many answers are known, how much room they take, and when they are forgotten.",
    examples: statsExamples,
    shared: cacheCommandSettings,
    own: cacheStatsFlags,
    run: async (options) => (await import("./cache_stats.ts")).cacheStats(options, io),
  });
  add({
    name: "get",
    description: "Prints the answer to one question; exits with 1 where none is known.",
    examples: getExamples,
    shared: cacheCommandSettings,
    own: cacheGetFlags,
    run: async (options) => (await import("./cache_get.ts")).cacheGet(options, io),
  });
  add({
    name: "set",
    description:
      "Corrects the answer to one question. Objects that are done keep the old one: see run --force.",
    examples: setExamples,
    shared: cacheCommandSettings,
    own: cacheSetFlags,
    run: async (options) => (await import("./cache_set.ts")).cacheSet(options, io),
  });
  add({
    name: "drop",
    description:
      "Removes all answers of a model's version, without asking and without holding up the server.",
    examples: dropExamples,
    shared: cacheCommandSettings,
    own: cacheDropFlags,
    run: async (options) => (await import("./cache_drop.ts")).cacheDrop(options, io),
  });
  add({
    name: "export",
    description: "Writes the answers as JSON lines to standard output, by hash or by company and title.",
    examples: exportExamples,
    shared: cacheExportSettings,
    own: cacheExportFlags,
    run: async (options) => (await import("./cache_export.ts")).cacheExport(options, io),
  });
  add({
    name: "import [file]",
    description:
      "Stores answers that export wrote, from a file or standard input, over those that are known.",
    examples: importExamples,
    shared: cacheCommandSettings,
    own: {},
    run: async (options, file) => (await import("./cache_import.ts")).cacheImport(options, file, io),
  });
}

const cacheExamples = `Examples:
  sluice cache stats --cache redis://cache:6379
  sluice cache export --cache sqlite:.sluice/cache.db | sluice cache import --cache redis://cache:6379`;

const statsExamples = `Examples:
  sluice cache stats
  sluice cache stats --cache redis://cache:6379 --model-version 2 --json`;

const getExamples = `Example:
  sluice cache get --company "Acme Inc." --title "Senior Engineer"

Exit status:
  0  the answer is on standard output
  1  none is known, or the cache cannot be read
  2  the command line or a setting cannot be used`;

const setExamples = `Example:
  sluice cache set --company "Acme Inc." --title "Head of Nothing" --answer 2`;

const dropExamples = `Examples:
  sluice cache drop --model-version 1
  sluice cache drop --model-version 1 --normalize fold --cache redis://cache:6379`;

const exportExamples = `Examples:
  All answers, by the hashes of their keys; good for the same model, version and --normalize:
    sluice cache export > answers.jsonl
  Those to the questions of some records, readable, and good for any cache:
    sluice cache export --keys postings/1721183934.jsonl > answers.jsonl`;

const importExamples = `Examples:
  sluice cache import answers.jsonl --cache redis://cache:6379
  From SQLite into Redis:
    sluice cache export --cache sqlite:.sluice/cache.db | sluice cache import --cache redis://cache:6379
  Out of Redis buckets, whose hashes are too short for others, answers come by company and title:
    sluice cache export --cache redis://cache:6379 --keys postings.jsonl | sluice cache import`;
