import * as v from "valibot";
import { levelRange } from "../../seniority/level_range.ts";
import { pick } from "../../settings/sections.ts";
import { optional, text, toggle, whole } from "../../settings/setting.ts";
import { command, type Family } from "../command.ts";
import { sections } from "../settings/sections.ts";
import { trustModelSettings } from "./trust_model.ts";

const { cache, model, recipe } = sections;

/** What every command of the family takes: the cache, and whose answers are meant. */
export const cacheSections = {
  cache: pick(cache, "url", "ca", "timeout", "layout", "ttl", "bloom"),
  model: {
    url: optional(model.url, {
      help: "The model of the runs; only whether it is reference: matters, and Sluice does not connect to it",
    }),
  },
  recipe: pick(recipe, "modelName", "modelVersion", "normalize"),
};

/** The same for `export`, which reads records. */
export const cacheExportSections = {
  ...cacheSections,
  recipe: pick(recipe, "modelName", "modelVersion", "normalize", "companyField", "titleField"),
};

export const cacheExportFlags = {
  keys: text({
    help: "JSON lines, plain or gzip, to export the answers of, by company and title",
    placeholder: "PATH",
  }),
};

export const cacheStatsFlags = { json: toggle({ help: "Print one JSON object in place of text" }) };

const mayBeEmpty = { schema: v.string("must be text") };
const keyNeeded = "an answer belongs to a company and a title";

/** The question of `get`. */
export const cacheGetFlags = {
  company: { ...text({ help: "The question's company", required: keyNeeded }), ...mayBeEmpty },
  title: { ...text({ help: "The question's title", required: keyNeeded }), ...mayBeEmpty },
};

/** The question of `set` and its answer. */
export const cacheSetFlags = {
  ...cacheGetFlags,
  answer: whole({
    help: `The answer, ${levelRange.min} to ${levelRange.max}`,
    ...levelRange,
    required: `a level from ${levelRange.min} to ${levelRange.max}`,
  }),
};

const { default: _, ...modelVersion } = recipe.modelVersion;

/** `drop` takes the version from the command line only. */
export const cacheDropSections = { ...cacheSections, recipe: pick(recipe, "modelName", "normalize") };

export const cacheDropFlags = {
  modelVersion: {
    ...modelVersion,
    help: "The version whose answers are deleted",
    required: "what is dropped is named on the command line, whatever the environment and the file say",
  },
};

export const cacheFamily: Family = {
  name: "cache",
  describe: "Inspects and edits cached answers: counts, shows, corrects, deletes, exports and imports them.",
  examples: `Examples:
  sluice cache stats --cache redis://cache:6379
  sluice cache export --cache sqlite:.sluice/cache.db | sluice cache import --cache redis://cache:6379`,
  commands: [
    command({
      name: "cache stats",
      describe: "Shows how many answers are cached, how much space they take, and when they expire.",
      settings: cacheSections,
      flags: cacheStatsFlags,
      examples: `Examples:
  sluice cache stats
  sluice cache stats --cache redis://cache:6379 --model-version 2 --json`,
      run: async (config, io) => (await import("./cache_stats.ts")).cacheStats(config, io),
    }),
    command({
      name: "cache get",
      describe: "Prints the answer to one question; exits with 1 if it is not cached.",
      settings: cacheSections,
      flags: cacheGetFlags,
      examples: `Example:
  sluice cache get --company "Acme Inc." --title "Senior Engineer"

Exit status:
  0  the answer is on standard output
  1  the answer is not cached, or the cache cannot be read
  2  the command line or a setting cannot be used`,
      run: async (config, io) => (await import("./cache_get.ts")).cacheGet(config, io),
    }),
    command({
      name: "cache set",
      describe: "Corrects the answer to one question. Processed objects keep the old one: see run --force.",
      settings: cacheSections,
      flags: cacheSetFlags,
      examples: `Example:
  sluice cache set --company "Acme Inc." --title "Head of Nothing" --answer 2`,
      run: async (config, io) => (await import("./cache_set.ts")).cacheSet(config, io),
    }),
    command({
      name: "cache drop",
      describe:
        "Deletes all answers of a model version, without confirmation and without blocking the server.",
      settings: cacheDropSections,
      flags: cacheDropFlags,
      examples: `Examples:
  sluice cache drop --model-version 1
  sluice cache drop --model-version 1 --normalize fold --cache redis://cache:6379`,
      run: async (config, io) => (await import("./cache_drop.ts")).cacheDrop(config, io),
    }),
    command({
      name: "cache export",
      describe: "Writes the answers as JSON lines to standard output, by hash or by company and title.",
      settings: cacheExportSections,
      flags: cacheExportFlags,
      examples: `Examples:
  All answers, by the hashes of their keys; valid for the same model, version and --normalize:
    sluice cache export > answers.jsonl
  The answers of some records, readable, and valid for caches of any layout:
    sluice cache export --keys postings/1721183934.jsonl > answers.jsonl`,
      run: async (config, io) => (await import("./cache_export.ts")).cacheExport(config, io),
    }),
    command({
      name: "cache import [file]",
      describe:
        "Stores answers written by export for the same model, from a file or standard input, replacing existing ones.",
      settings: cacheSections,
      flags: trustModelSettings,
      examples: `Examples:
  sluice cache import answers.jsonl --cache redis://cache:6379
  From SQLite into Redis:
    sluice cache export --cache sqlite:.sluice/cache.db | sluice cache import --cache redis://cache:6379
  From Redis buckets, whose hashes are too short for other caches, by company and title:
    sluice cache export --cache redis://cache:6379 --keys postings.jsonl | sluice cache import
  Lines that do not say whose answers they are, as of an export of Sluice 0.2:
    sluice cache import old.jsonl --trust-model seniority:1`,
      run: async (config, io, [file]) => (await import("./cache_import.ts")).cacheImport(config, file, io),
    }),
  ],
};
