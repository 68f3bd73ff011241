import { abandonedUploadsSettings } from "../abandoned_uploads.ts";
import { answersSettings } from "../answers/answers.ts";
import { callerSettings } from "../answers/caller.ts";
import { knownSettings } from "../answers/known.ts";
import { queueSettings } from "../answers/question_queue.ts";
import { shortcutSettings } from "../answers/shortcut_settings.ts";
import { roomSettings } from "../answers/room.ts";
import { cacheSettings } from "../caches/open_cache.ts";
import { logSettings } from "../cli/log_settings.ts";
import { outputSettings } from "../cli/output_settings.ts";
import { httpSettings, serveSettings } from "../http/http_settings.ts";
import { jobSettings } from "../job.ts";
import { modelSettings } from "../models/open_model.ts";
import { pipelineSettings } from "../pipeline.ts";
import { planSettings } from "../plan.ts";
import { csvSettings } from "../record_stages.ts";
import { recipeSettings } from "../recipe.ts";
import { bodySettings } from "../stages/body.ts";
import { decodeSettings } from "../stages/decode.ts";
import { decompressSettings } from "../stages/decompress.ts";
import { matchSettings } from "../match_settings.ts";
import { scanSettings } from "../stages/scan.ts";
import { uploadSettings } from "../stages/upload.ts";
import { windowSettings } from "../stages/window.ts";
import { postgresSettings, s3Settings, storeSettings } from "../stores/store_settings.ts";
import { watchSettings } from "../watch/watch_settings.ts";
import type { Settings } from "./setting.ts";

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
  "Who is asked": { ...modelSettings, ...callerSettings, ...queueSettings },
  "What is known": { ...cacheSettings, ...knownSettings },
  "When to give up": { ...bodySettings, ...decompressSettings },
  "How much at once": {
    ...roomSettings,
    ...scanSettings,
    ...windowSettings,
    ...decodeSettings,
    ...uploadSettings,
  },
  "S3": s3Settings,
  "PostgreSQL": postgresSettings,
  "Matching terms": matchSettings,
  "Watching": watchSettings,
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
  ...sections["The page and the service"],
  ...sections["What is said"],
} satisfies Settings;

/** Settings that mean nothing to a command; the others it takes. */
const foreign = {
  run: [
    "every",
    "events",
    "linger",
    "logFormat",
    "logLevel",
    ...Object.keys({ ...serveSettings, ...matchSettings }),
  ],
  check: [
    "every",
    "linger",
    "logFormat",
    "logLevel",
    ...Object.keys({ ...serveSettings, ...matchSettings }),
  ],
  watch: [
    "fill",
    "limit",
    "force",
    "page",
    "json",
    "profile",
    "quiet",
    "allowRejects",
    ...Object.keys({ ...serveSettings, ...matchSettings }),
  ],
  serve: [
    ...Object.keys({ ...storeSettings, ...planSettings, ...pipelineSettings, ...abandonedUploadsSettings }),
    ...Object.keys({ ...uploadSettings, ...outputSettings, ...shortcutSettings }),
    ...["s3Sse", "s3SseKmsKeyId", "table", "tableKey", "postgresConnections"],
    ...["limit", "objects", "lines", "every", "events"],
  ],
};

/** The sections of a command, without what means nothing to it. */
export function sectionsOf(command: keyof typeof foreign): Readonly<Record<string, Settings>> {
  const kept = Object.entries(sections).map(([heading, settings]): [string, Settings] => [
    heading,
    Object.fromEntries(Object.entries(settings).filter(([name]) => !foreign[command].includes(name))),
  ]);
  return Object.fromEntries(kept.filter(([, settings]) => Object.keys(settings).length > 0));
}
