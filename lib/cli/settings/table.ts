import { abandonedUploadsSettings } from "../../jobs/abandoned_uploads.ts";
import { answersSettings } from "../../answers/answers.ts";
import { callerSettings } from "../../answers/caller.ts";
import { answerMemorySettings } from "../../answers/answer_memory.ts";
import { questionQueueSettings } from "../../answers/question_queue.ts";
import { shortcutSettings } from "../../shortcuts/shortcut_settings.ts";
import { inFlightSettings } from "../../answers/in_flight_budget.ts";
import { cacheSettings } from "../../caches/open_cache.ts";
import { logSettings } from "../../telemetry/log_settings.ts";
import { outputSettings } from "./output_settings.ts";
import { coordinationSettings } from "../../coordination/coordination_settings.ts";
import { httpSettings, serveSettings } from "../../service/http_settings.ts";
import { jobSettings } from "../../jobs/job.ts";
import { modelSettings } from "../../models/model_settings.ts";
import { pipelineSettings } from "../../records/pipeline.ts";
import { planSettings } from "../../jobs/plan.ts";
import { csvSettings } from "../../records/record_format.ts";
import { recipeSettings } from "../../recipe/recipe.ts";
import { bodySettings } from "../../records/stages/body.ts";
import { lineSettings, windowSettings } from "../../records/stages/scan.ts";
import { decompressSettings } from "../../records/stages/decompress.ts";
import { matchSettings } from "../../menus/match_settings.ts";
import { uploadSettings } from "../../records/stages/upload.ts";
import { postgresSettings, s3Settings, storeSettings } from "../../stores/store_settings.ts";
import { enqueueSettings, queueSettings, workSettings } from "../../queue/queue_settings.ts";
import { watchSettings } from "../../watch/watch_settings.ts";
import type { Settings } from "../../settings/setting.ts";

/** All settings of `run`, `check`, `watch`, `serve` and `match`, by what they are about, in the order in which people read them. */
export const sections = {
  "What to do": {
    ...storeSettings,
    ...planSettings,
    ...jobSettings,
    ...answersSettings,
    ...pipelineSettings,
    ...abandonedUploadsSettings,
  },
  "The question and its answer": { ...recipeSettings, ...csvSettings },
  "Shortcuts": shortcutSettings,
  "Who is asked": { ...modelSettings, ...callerSettings, ...questionQueueSettings },
  "What is known": { ...cacheSettings, ...answerMemorySettings },
  "When to give up": { ...bodySettings, ...decompressSettings },
  "How much at once": {
    ...inFlightSettings,
    ...windowSettings,
    ...lineSettings,
    ...uploadSettings,
  },
  "S3": s3Settings,
  "PostgreSQL": postgresSettings,
  "Matching terms": matchSettings,
  "Watching": watchSettings,
  "More than one machine": { ...coordinationSettings, ...queueSettings, ...enqueueSettings, ...workSettings },
  "The page and the service": { ...httpSettings, ...serveSettings },
  "What is said": { ...outputSettings, ...logSettings },
} satisfies Record<string, Settings>;

/** The one table: flags, `--help`, the README, the checks and the type of the configuration come from it. */
export const table = {
  ...sections["What to do"],
  ...sections["The question and its answer"],
  ...sections["Shortcuts"],
  ...sections["Who is asked"],
  ...sections["What is known"],
  ...sections["When to give up"],
  ...sections["How much at once"],
  ...sections["S3"],
  ...sections["PostgreSQL"],
  ...sections["Matching terms"],
  ...sections["Watching"],
  ...sections["More than one machine"],
  ...sections["The page and the service"],
  ...sections["What is said"],
} satisfies Settings;

const { required: _model, ...model } = table.model;
const { required: _from, ...from } = table.from;
const { required: _to, ...to } = table.to;

/** The table of `enqueue`, which asks no model. */
export const enqueueTable = {
  ...table,
  model: { ...model, help: "Who is asked by the workers; it matters only whether that is reference:" },
  queue: { ...table.queue, required: "the queue that the jobs are added to, redis://HOST:PORT" },
} satisfies Settings;

/** The table of `work`, which takes the source and the destination from the queue. */
export const workTable = {
  ...table,
  from: { ...from, help: "Where the objects are; what the queue says when left out" },
  to: { ...to, help: "Where their outputs go; what the queue says when left out" },
  queue: { ...table.queue, required: "the queue that the jobs are in, redis://HOST:PORT" },
} satisfies Settings;

const fleet = Object.keys({ ...queueSettings, ...enqueueSettings, ...workSettings });

/** Settings that mean nothing to a command; the others it takes. */
const foreign = {
  run: [
    "every",
    "events",
    "linger",
    "logFormat",
    "logLevel",
    ...Object.keys({ ...serveSettings, ...matchSettings }),
    ...fleet,
  ],
  check: [
    ...["every", "linger", "logFormat", "logLevel"],
    ...Object.keys({ ...enqueueSettings, ...workSettings, ...serveSettings, ...matchSettings }),
  ],
  watch: [
    "fill",
    "limit",
    "force",
    "shard",
    "page",
    "json",
    "profile",
    "quiet",
    "allowRejects",
    ...Object.keys({ ...serveSettings, ...matchSettings }),
    ...fleet,
  ],
  enqueue: [
    "fill",
    ...Object.keys(table).filter((name) =>
      !Object.hasOwn(
        {
          ...storeSettings,
          ...recipeSettings,
          ...shortcutSettings,
          ...s3Settings,
          ...postgresSettings,
          ...queueSettings,
          ...enqueueSettings,
        },
        name,
      ) && !["include", "exclude", "since", "until", "model", "every", "json", "quiet"].includes(name)
    ),
  ],
  work: [
    ...["fill", "limit", "force", "shard", "include", "exclude", "since", "until", "every", "events"],
    ...["page", "json", "profile", "quiet", "allowRejects"],
    ...Object.keys({ ...enqueueSettings, ...serveSettings, ...matchSettings }),
  ],
  serve: [
    ...Object.keys({ ...storeSettings, ...planSettings, ...pipelineSettings, ...abandonedUploadsSettings }),
    ...Object.keys({ ...uploadSettings, ...outputSettings, ...shortcutSettings }),
    ...["s3Sse", "s3SseKmsKeyId", "table", "tableKey", "postgresConnections"],
    ...["limit", "objects", "every", "events"],
    ...Object.keys({ ...enqueueSettings, ...workSettings }),
  ],
};

/** Settings of a command that are not quite those of the others. */
const own: Partial<Record<keyof typeof foreign, Settings>> = { enqueue: enqueueTable, work: workTable };

/** The sections of a command, without what means nothing to it. */
export function sectionsOf(command: keyof typeof foreign): Readonly<Record<string, Settings>> {
  const kept = Object.entries(sections).map(([heading, settings]): [string, Settings] => [
    heading,
    Object.fromEntries(
      Object.entries(settings).filter(([name]) => !foreign[command].includes(name))
        .map(([name, setting]) => [name, own[command]?.[name] ?? setting]),
    ),
  ]);
  return Object.fromEntries(kept.filter(([, settings]) => Object.keys(settings).length > 0));
}
