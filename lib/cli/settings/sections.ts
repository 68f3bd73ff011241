import { answerMemorySettings } from "../../answers/answer_memory.ts";
import { answersSettings } from "../../answers/answers.ts";
import { callerSettings } from "../../answers/caller.ts";
import { inFlightSettings } from "../../answers/in_flight_budget.ts";
import { questionQueueSettings } from "../../answers/question_queue.ts";
import { cacheSettings } from "../../caches/open_cache.ts";
import { coordinationSettings } from "../../coordination/coordination_settings.ts";
import { abandonedUploadsSettings } from "../../jobs/abandoned_uploads.ts";
import { jobSettings } from "../../jobs/job.ts";
import { ledgerSettings } from "../../jobs/ledger_settings.ts";
import { forceSettings, planSettings } from "../../jobs/plan.ts";
import { matchSettings } from "../../menus/match_settings.ts";
import { modelSettings } from "../../models/model_settings.ts";
import { enqueueSettings, queueSettings, workSettings } from "../../queue/queue_settings.ts";
import { recipeSettings } from "../../recipe/recipe.ts";
import { maxRejectsSettings } from "../../records/max_rejects.ts";
import { csvSettings, formatSettings } from "../../records/record_format.ts";
import { decompressSettings } from "../../records/stages/decompress.ts";
import { lineSettings, windowSettings } from "../../records/stages/scan.ts";
import { httpSettings, serveSettings } from "../../service/http_settings.ts";
import { type Settings, text, toggle } from "../../settings/setting.ts";
import { ownNames, type Sections, type SectionValues } from "../../settings/sections.ts";
import { shortcutSettings } from "../../shortcuts/shortcut_settings.ts";
import { uploadSettings } from "../../sinks/object_writer.ts";
import { overwriteSettings } from "../../sinks/overwrite_settings.ts";
import { postgresSettings } from "../../sinks/postgres/postgres_settings.ts";
import { bodySettings } from "../../sources/body_stream.ts";
import { destinationSettings, s3Settings, sourceSettings } from "../../stores/store_settings.ts";
import { logSettings } from "../../telemetry/log_settings.ts";
import { watchSettings } from "../../watch/watch_settings.ts";

/** What a run prints, and its exit status. */
const outputSettings = {
  json: toggle({ help: "Print the run's figures as one JSON object, the last line of standard output" }),
  profile: toggle({
    help: "Print at the end how long each stage took; the run takes about an eighth longer",
  }),
  page: toggle({ help: "Serve the live page at --listen during the run" }),
  quiet: toggle({ help: "Print no progress" }),
  allowRejects: toggle({ help: "Exit with 0 even if records were rejected" }),
  rejects: text({
    help: "File for the rejected records, with --to -; replaces an earlier one of rejects",
    placeholder: "PATH",
    defaultText: "with --to -, they are counted and not kept",
  }),
  allowEmpty: toggle({ help: "Exit with 0 even if nothing was found to process" }),
} satisfies Settings;

/**
 * All settings of all commands that read the environment and the file, in the order in which users read them. Flags,
 * `--help`, the reference, the JSON Schema, the checks and the type of the configuration come from here. A command
 * names the sections and settings it takes, where it is declared.
 */
export const sections = {
  source: { ...sourceSettings, ...ownNames({ ...planSettings, ...bodySettings }) },
  destination: {
    ...destinationSettings,
    ...ownNames({ ...overwriteSettings, ...maxRejectsSettings, ...abandonedUploadsSettings }),
  },
  job: ownNames({ ...jobSettings, ...forceSettings, ...ledgerSettings }),
  recipe: ownNames(recipeSettings),
  records: ownNames({
    ...formatSettings,
    ...csvSettings,
    ...lineSettings,
    ...decompressSettings,
    ...windowSettings,
  }),
  shortcuts: ownNames(shortcutSettings),
  model: { ...modelSettings, ...callerSettings, ...questionQueueSettings, ...answersSettings },
  cache: { ...cacheSettings, ...answerMemorySettings },
  concurrency: ownNames({ ...inFlightSettings, ...uploadSettings }),
  s3: s3Settings,
  postgres: postgresSettings,
  match: ownNames(matchSettings),
  watch: ownNames(watchSettings),
  fleet: coordinationSettings,
  queue: { ...queueSettings, ...ownNames({ ...enqueueSettings, ...workSettings }) },
  service: ownNames({ ...httpSettings, ...serveSettings }),
  output: ownNames({ ...outputSettings, ...logSettings }),
} satisfies Sections;

/** The sections as users read them, in `--help` and the reference. */
export const headings: Readonly<Record<keyof typeof sections, string>> = {
  source: "Source",
  destination: "Destination",
  job: "Processing",
  recipe: "Question and answer",
  records: "Records",
  shortcuts: "Shortcuts",
  model: "Model",
  cache: "Cache",
  concurrency: "Concurrency",
  s3: "S3",
  postgres: "PostgreSQL",
  match: "Menu matching",
  watch: "Watch mode",
  fleet: "Rate limit",
  queue: "Job queue",
  service: "Page and service",
  output: "Output and logging",
};

/** The built settings of all sections. What works for several commands takes those of them that it needs. */
export type Config = SectionValues<typeof sections>;

/** A section of which what works for several commands needs these settings, and uses others if a command takes them. */
export type Taking<Section extends keyof Config, Key extends keyof Config[Section]> =
  & Pick<Config[Section], Key>
  & Partial<Config[Section]>;
