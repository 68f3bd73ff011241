import { abandonedUploadsSettings } from "../abandoned_uploads.ts";
import { answersSettings } from "../answers/answers.ts";
import { callerSettings } from "../answers/caller.ts";
import { knownSettings } from "../answers/known.ts";
import { queueSettings } from "../answers/question_queue.ts";
import { roomSettings } from "../answers/room.ts";
import { cacheSettings } from "../caches/open_cache.ts";
import { outputSettings } from "../cli/output_settings.ts";
import { jobSettings } from "../job.ts";
import { modelSettings } from "../models/open_model.ts";
import { pipelineSettings } from "../pipeline.ts";
import { planSettings } from "../plan.ts";
import { recipeSettings } from "../recipe.ts";
import { bodySettings } from "../stages/body.ts";
import { decodeSettings } from "../stages/decode.ts";
import { decompressSettings } from "../stages/decompress.ts";
import { scanSettings } from "../stages/scan.ts";
import { uploadSettings } from "../stages/upload.ts";
import { windowSettings } from "../stages/window.ts";
import { s3Settings, storeSettings } from "../stores/store_settings.ts";
import type { Settings } from "./setting.ts";

/** All settings of `run` and `check`, by what they are about, in the order in which people read them. */
export const sections = {
  "What to do": {
    ...storeSettings,
    ...planSettings,
    ...jobSettings,
    ...answersSettings,
    ...pipelineSettings,
    ...abandonedUploadsSettings,
  },
  "The question and its answer": recipeSettings,
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
  "What is said": outputSettings,
} satisfies Record<string, Settings>;

/** The one table: flags, `--help`, the README, the checks and the type of the configuration come from it. */
export const table = {
  ...sections["What to do"],
  ...sections["The question and its answer"],
  ...sections["Who is asked"],
  ...sections["What is known"],
  ...sections["When to give up"],
  ...sections["How much at once"],
  ...sections["S3"],
  ...sections["What is said"],
} satisfies Settings;
